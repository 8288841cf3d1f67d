package app

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"testing"

	"didops/internal/risk"
	"didops/internal/testing/golden"
	"didops/tools/did"
)

// TestGeneratedBundles holds the lists of tools in the manifests, which are those
// that the catalogue offers without a configuration. With -update it writes them.
func TestGeneratedBundles(t *testing.T) {
	for path, readOnly := range manifests() {
		golden.Made(t, filepath.Join(root, path), func(manifest []byte) ([]byte, error) {
			list, err := bundled(readOnly)
			if err != nil {
				return nil, err
			}
			place := regexp.MustCompile(`(?s)"tools": \[.*?\]`)
			if len(place.FindAllIndex(manifest, -1)) != 1 {
				return nil, errors.New("there must be one list of tools")
			}
			text, err := json.MarshalIndent(list, "  ", "  ")
			return place.ReplaceAllLiteral(manifest, append([]byte(`"tools": `), text...)), err
		})
	}
}

func bundled(readOnly bool) ([]bundledTool, error) {
	catalog, err := described()
	if err != nil {
		return nil, err
	}
	usual, err := catalog.Picked(nil)
	if err != nil {
		return nil, err
	}
	var list []bundledTool
	for _, tool := range catalog.Tools() {
		if tool.Name().String() == did.MessageOperation {
			continue // only where the configuration allows messages
		}
		if usual[tool.Name().String()] && (!readOnly || tool.Risk() == risk.Read) {
			list = append(list, bundledTool{tool.Name().String(), tool.Summary()})
		}
	}
	return list, nil
}

// manifests are those of the bundles for Claude Desktop; true = read-only.
func manifests() map[string]bool {
	return map[string]bool{"packaging/mcpb/manifest.json": false, "packaging/mcpb/manifest-read-only.json": true}
}

// bundledTool is a tool as a manifest names it.
type bundledTool struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}
