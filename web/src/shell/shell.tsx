/** What surrounds every page: product, navigation, namespace and account. */
import { Menu, NativeSelect, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { ChevronDown, LogOut, Monitor, Moon, Sun, UserRound } from "lucide-react";
import { useRef, type MouseEvent, type ReactElement } from "react";
import { NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { signOutPath } from "../api/request.ts";
import { NamespaceProvider, useNamespace } from "./namespace.tsx";

function Mark(): ReactElement {
  return (
    <svg width="30" height="30" viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="#0b7285" />
      <path d="M15.2 5.5v13H7.4z" fill="#fff" />
      <path d="M17 8.5l6.6 10H17z" fill="#99e9f2" />
      <path d="M5 20.5h22l-3.2 5.2a2 2 0 0 1-1.7 1H9.9a2 2 0 0 1-1.7-1z" fill="#fff" />
    </svg>
  );
}

function NamespaceSwitcher(): ReactElement | null {
  const { info, namespace, choose } = useNamespace();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  if (!info || info.namespaces.length === 0) return null;
  const options = info.namespaces.map((entry) => ({
    value: entry.namespace,
    label: entry.role === "owner" ? entry.namespace : `${entry.namespace} (${entry.role})`,
  }));
  if (namespace && !options.some(({ value }) => value === namespace)) options.push({ value: namespace, label: namespace });
  return (
    <NativeSelect
      className="namespace-switcher"
      aria-label="Namespace"
      size="sm"
      data={options}
      value={namespace ?? ""}
      onChange={(event) => {
        const chosen = event.currentTarget.value;
        // A run belongs to one namespace: leave it for the list of the other one.
        if (pathname === "/runs") choose(chosen);
        else void navigate(`/runs?ns=${encodeURIComponent(chosen)}`);
      }}
    />
  );
}

const SCHEMES = [
  { value: "auto", label: "System", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
] as const;

function AccountMenu(): ReactElement {
  const { info } = useNamespace();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={250} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton className="account-button" aria-label={`Account ${info?.user ?? ""}`}>
          <UserRound size={18} aria-hidden />
          <span className="account-name">{info?.user ?? "…"}</span>
          <ChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Signed in as {info?.user ?? "…"}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>Appearance</Menu.Label>
        {SCHEMES.map(({ value, label, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={colorScheme === value ? <span className="muted">chosen</span> : null}
            onClick={() => setColorScheme(value)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component="a" href={signOutPath} leftSection={<LogOut size={16} aria-hidden />}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function Shell(): ReactElement {
  const main = useRef<HTMLElement>(null);
  const skip = (event: MouseEvent): void => {
    // The hash is the route, so the link may not set it.
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <NamespaceProvider>
      <a className="skip-link" href="#main" onClick={skip}>
        Skip to content
      </a>
      <header className="top-bar">
        <NavLink to="/runs" className="product" aria-label="Skiff, start page">
          <Mark />
          <span>Skiff</span>
        </NavLink>
        <nav aria-label="Main">
          <NavLink to="/runs" className="nav-link">
            Runs
          </NavLink>
        </nav>
        <div className="top-bar-end">
          <NamespaceSwitcher />
          <AccountMenu />
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
    </NamespaceProvider>
  );
}
