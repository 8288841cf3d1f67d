package app

import "testing"

func TestAgent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		environ []string
		want    string
	}{
		{"nothing", nil, ""},
		{"a person's shell", []string{"HOME=/home/alice", "TERM_PROGRAM=vscode", "CURSOR_TRACE_ID=4f1c", "PATH=CLAUDECODE=1"}, ""},
		{"Claude Code", []string{"CLAUDE_CODE_ENTRYPOINT=cli", "CLAUDECODE=1"}, "CLAUDECODE"},
		{"Cursor's agent", []string{"CURSOR_TRACE_ID=4f1c", "CURSOR_AGENT=1"}, "CURSOR_AGENT"},
		{"Codex", []string{"CODEX_HOME=/home/alice/.codex", "CODEX_SANDBOX_NETWORK_DISABLED=1"}, "CODEX_SANDBOX_NETWORK_DISABLED"},
		{"settings of Codex", []string{"CODEX_HOME=/home/alice/.codex", "CODEX_API_KEY=key"}, ""},
		{"a mark of tomorrow", []string{"CODEX_SOMETHING=1"}, "CODEX_SOMETHING"},
		{"Gemini", []string{"GEMINI_CLI=1"}, "GEMINI_CLI"},
		{"opencode", []string{"OPENCODE=1"}, "OPENCODE"},
		{"Cline", []string{"CLINE_ACTIVE=true"}, "CLINE_ACTIVE"},
		{"set to nothing", []string{"CLAUDECODE=", "CODEX_CI"}, ""},
		{"in other letters", []string{"ClaudeCode=1"}, "ClaudeCode"},
		{"a name that is longer", []string{"CLAUDECODE_2=1", "MY_CODEX_CI=1"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(Host{Environ: func() []string { return tt.environ }})
			if got := a.agent(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
	if got := newApp(Host{}).agent(); got != "" {
		t.Errorf("got %q without an environment, want nothing", got)
	}
}
