/** Text that can be copied: a button, and a block of code that carries one. */
import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import type { ReactElement } from "react";

export function CopyIcon({ value, label }: { value: string; label: string }): ReactElement {
  return (
    <CopyButton value={value} timeout={1_500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? "Copied" : label} withinPortal>
          <ActionIcon variant="subtle" color="gray" size="md" onClick={copy} aria-label={copied ? "Copied" : label}>
            {copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

export function CodeBlock({ code, label }: { code: string; label: string }): ReactElement {
  return (
    <div className="code-block">
      <pre tabIndex={0} role="region" aria-label={label}>
        {code}
      </pre>
      <div className="code-block-copy">
        <CopyIcon value={code} label={`Copy ${label}`} />
      </div>
    </div>
  );
}
