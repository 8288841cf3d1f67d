package fakediscord

import (
	"fmt"
	"slices"
)

func lintIDs(list []map[string]any) []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range list {
		id := text(c["custom_id"])
		if id != "" && seen[id] {
			out = append(out, fmt.Sprintf("custom_id %q stands twice", id))
		}
		seen[id] = true
	}
	return out
}

func lintComponent(c map[string]any) []string {
	var out []string
	switch fmt.Sprint(c["type"]) {
	case "1":
		if row, _ := c["components"].([]any); len(row) > 1 && slices.ContainsFunc(row, menu) {
			out = append(out, "a row has a menu and something else")
		}
	case "2":
		id, url := text(c["custom_id"]), text(c["url"])
		switch style := fmt.Sprint(c["style"]); {
		case style == "5" && (url == "" || id != ""):
			out = append(out, "a button with a link needs a url and no custom_id")
		case style != "5" && style != "6" && id == "":
			out = append(out, fmt.Sprintf("the button %q has no custom_id", text(c["label"])))
		case style != "5" && url != "":
			out = append(out, fmt.Sprintf("the button %q has a url and is no link", text(c["label"])))
		}
		if text(c["label"]) == "" && c["emoji"] == nil {
			out = append(out, fmt.Sprintf("the button %q has neither label nor emoji", id))
		}
	}
	return out
}

func menu(v any) bool {
	c, _ := v.(map[string]any)
	return slices.Contains([]string{"3", "5", "6", "7", "8"}, fmt.Sprint(c["type"]))
}
