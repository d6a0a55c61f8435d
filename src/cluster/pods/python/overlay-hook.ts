/**
 * The Python text that activates package overlays at interpreter start. A `.pth` line in the base environment imports it;
 * the container's private folder (SKIFF_PYTHON_DIR) lists the overlays that its pip commands have activated.
 */
export const OVERLAY_HOOK_NAME = "_skiff_overlays";

export const OVERLAY_HOOK = String.raw`"""Puts the active package overlays of this container in front of the base environment."""
import os
import sys


def activate():
    private = os.environ.get("SKIFF_PYTHON_DIR")
    if not private:
        return
    try:
        with open(private + "/active", encoding="utf-8") as file:
            overlays = file.read().split("\n")
    except OSError:
        return
    own = os.path.dirname(os.path.abspath(__file__))
    position = next((i for i, path in enumerate(sys.path) if os.path.abspath(path) == own), len(sys.path))
    for overlay in overlays:  # the newest first
        packages = overlay + "/packages"
        if not overlay or packages in sys.path:
            continue
        sys.path.insert(position, packages)
        position += 1
        if os.path.exists(overlay + "/has-pth"):
            import site

            site.addsitedir(packages)


activate()
`;
