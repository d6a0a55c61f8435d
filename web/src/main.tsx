/** Entry of the dashboard: providers around the router. */
import { MantineProvider } from "@mantine/core";
import "@mantine/core/styles.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { restorePlace } from "./api/place.ts";
import { ApiError } from "./api/request.ts";
import { createRouter } from "./routes.tsx";
import "./look.css";
import "./look-run.css";
import { theme } from "./theme.ts";

const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 2_000, retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500) },
  },
});

restorePlace();
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={queries}>
          <RouterProvider router={createRouter()} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
