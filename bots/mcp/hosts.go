package mcp

import (
	"strings"

	"didops/internal/render"
	"didops/internal/view"
	"didops/tools"
)

// jsonHosts are the programs that were seen to give the model the structured
// content of a result, by the name in their client information, with the
// version that was seen: they drop the text, or give it besides. To them the
// text is two lines, so that nothing is paid for twice. Of a program that is not
// known, and of one whose name begins otherwise, the model may read the text
// only: it gets the whole of it.
func jsonHosts() map[string]string {
	return map[string]string{
		"claude-code":      "2.1.332", // drops the text; of an error the JSON instead
		"codex-mcp-client": "0.171.0", // drops the text, and shows it to the person
		"copilot-cli":      "1.0.102", // gives both
		"@cline/core":      "3.0.65",  // gives both
	}
}

// showsJSON reports whether a program, as it names itself with its version, is
// one of the known ones.
func showsJSON(program string) bool {
	for name := range jsonHosts() {
		if program == name || strings.HasPrefix(program, name+" ") {
			return true
		}
	}
	return false
}

// textFor is a result as text for a program.
func textFor(program string, out tools.Result) string {
	if !showsJSON(program) {
		return render.Markdown(out.Doc)
	}
	return render.Markdown(view.Doc{Title: out.Doc.Title, Summary: out.Doc.Summary, Sandbox: out.Doc.Sandbox})
}
