/** A definition is served from the commit that stores it, so it is established at once. */
import type { CustomResourceDefinition } from "../../../api/index.ts";
import type { Admission } from "./admission.ts";

export const established: Admission = {
  name: "CustomResourceDefinitionEstablished",
  admit: ({ operation, resource, object }) => {
    if (operation !== "create" || resource.kind !== "CustomResourceDefinition") return;
    const definition = object as CustomResourceDefinition;
    const { names, versions } = definition.spec;
    const lastTransitionTime = object.metadata.creationTimestamp ?? "";
    definition.status = {
      acceptedNames: { ...names },
      storedVersions: versions.filter((version) => version.storage).map((version) => version.name),
      conditions: [
        { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found", lastTransitionTime },
        {
          type: "Established",
          status: "True",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
          lastTransitionTime,
        },
      ],
    };
  },
};
