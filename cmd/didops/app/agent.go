package app

import (
	"slices"
	"strings"
)

// marks are the variables that assistants set for the commands they run.
// Those that an editor sets in every terminal, a person's included, are not
// among them (CURSOR_TRACE_ID, TERM_PROGRAM), nor are the settings of users.
func marks() []string {
	return []string{
		"AI_AGENT", "ANTIGRAVITY_AGENT", "AUGMENT_AGENT", "CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLINE_ACTIVE",
		"COPILOT_CLI", "CURSOR_AGENT", "GEMINI_CLI", "GOOSE_TERMINAL", "OPENCODE", "QWEN_CODE", "TRAE_AI_SHELL_ID",
	}
}

// Codex marks what it runs with several names, which have changed; two of the
// kind are settings of its user.
const codexMarks = "CODEX_"

func codexSettings() []string { return []string{"CODEX_HOME", "CODEX_API_KEY"} }

// agent returns the name of a variable that marks the environment as an
// assistant's shell, the first by its name; "" where none does.
func (a *app) agent() string {
	if a.Environ == nil {
		return ""
	}
	var found []string
	for _, variable := range a.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && marksAgent(strings.ToUpper(name)) { // Windows does not tell the case of names
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}

func marksAgent(name string) bool {
	if strings.HasPrefix(name, codexMarks) {
		return !slices.Contains(codexSettings(), name)
	}
	return slices.Contains(marks(), name)
}
