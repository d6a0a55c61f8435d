/** The path under which the gateway's mounts are reached: the page's own folder without `pipeline/`. */
export function mountRoot(pathname: string): string {
  const folder = pathname.slice(0, pathname.lastIndexOf("/") + 1);
  return folder.endsWith("/pipeline/") ? folder.slice(0, -"pipeline/".length) : folder;
}
