/** The heading of a page: sets the document's title and takes the focus when the route changed. */
import { useEffect, useRef, type ReactElement, type ReactNode } from "react";
import { useLocation } from "react-router";

let lastPath: string | undefined;
let hasNavigated = false;

export interface PageHeadProps {
  readonly title: string;
  readonly above?: ReactNode;
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
}

export function PageHead({ title, above, beside, actions }: PageHeadProps): ReactElement {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    document.title = `${title} · Skiff`;
  }, [title]);
  useEffect(() => {
    // The first page keeps the browser's own focus; later ones are announced by focusing their heading.
    const isNew = lastPath !== undefined && lastPath !== pathname;
    hasNavigated ||= isNew;
    // The heading of a page that was loading takes its focus along when it is replaced.
    const isLost = hasNavigated && document.activeElement === document.body;
    if (isNew || isLost) heading.current?.focus();
    lastPath = pathname;
  }, [pathname]);
  return (
    <header className="page-head">
      <div className="page-head-text">
        {above ? <div className="page-head-above">{above}</div> : null}
        <div className="page-head-line">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
      </div>
      {actions ? <div className="page-head-actions">{actions}</div> : null}
    </header>
  );
}
