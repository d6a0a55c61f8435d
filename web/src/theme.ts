import { createTheme, type MantineColorsTuple } from "@mantine/core";

const tide: MantineColorsTuple = [
  "#e3f7fa",
  "#d0edf2",
  "#a3dae4",
  "#72c7d6",
  "#4cb5c8",
  "#2ea5bb",
  "#15899f",
  "#0b7285",
  "#075f70",
  "#034c5a",
];

/** Dark grays with the hue of the page, lightest first. */
const night: MantineColorsTuple = [
  "#cfdbdf",
  "#b6c5cb",
  "#9bb0b8",
  "#7d939b",
  "#3a4a51",
  "#2a363b",
  "#1e292e",
  "#172024",
  "#11181b",
  "#0b1012",
];

/** The one visual language of the dashboard; colors of states live in look.css and look-run.css. */
export const theme = createTheme({
  primaryColor: "tide",
  colors: { tide, dark: night },
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Code', 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
});
