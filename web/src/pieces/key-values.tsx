/** A small table of names and values; values may be any JSON and are shown as text. */
import { Table } from "@mantine/core";
import type { ReactElement } from "react";

const MAX_TEXT = 20_000;

export function valueText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value, null, 1) ?? "");
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} … (${text.length - MAX_TEXT} more characters)` : text;
}

export function KeyValues({ values, caption }: { values: Readonly<Record<string, unknown>>; caption: string }): ReactElement {
  return (
    <Table className="key-values" layout="fixed" aria-label={caption} verticalSpacing={6}>
      <colgroup>
        <col style={{ width: "38%" }} />
        <col />
      </colgroup>
      <Table.Thead className="visually-hidden">
        <Table.Tr>
          <Table.Th>Name</Table.Th>
          <Table.Th>Value</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {Object.entries(values).map(([key, value]) => (
          <Table.Tr key={key}>
            <Table.Th scope="row">{key}</Table.Th>
            <Table.Td className={typeof value === "number" ? "value numbers" : "value"}>{valueText(value)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
