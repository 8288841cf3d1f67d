package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"didops/internal/testing/fakediscord"
)

// TestDoctorLooksAtChannels holds that a channel in which the bot can't do
// what it is for is found before the first order, and named with what lacks.
func TestDoctorLooksAtChannels(t *testing.T) {
	t.Parallel()
	const approvals, audit = "1400000000000000001", "1400000000000000002"
	for name, tt := range map[string]struct {
		approvals, audit fakediscord.Place
		code             int
		want             []string
	}{
		"fine":            {want: []string{"cards of orders can be kept in the channel " + approvals, "the lines of the audit trail can be kept in the channel " + audit}},
		"a forum":         {approvals: fakediscord.Place{Kind: fakediscord.KindForum}, code: 1, want: []string{approvals, "a forum"}},
		"gone":            {approvals: fakediscord.Place{Gone: true}, code: 1, want: []string{approvals, "no such channel"}},
		"hidden":          {approvals: fakediscord.Place{Denied: fakediscord.ViewChannel}, code: 1, want: []string{approvals, "View Channel"}},
		"may not post":    {approvals: fakediscord.Place{Denied: fakediscord.Send}, code: 1, want: []string{approvals, "Send Messages"}},
		"no embeds":       {approvals: fakediscord.Place{Denied: fakediscord.EmbedLinks | fakediscord.AttachFiles}, code: 1, want: []string{"Embed Links, Attach Files"}},
		"no history":      {approvals: fakediscord.Place{Denied: fakediscord.ReadHistory}, code: 1, want: []string{"Read Message History"}},
		"another server":  {approvals: fakediscord.Place{Guild: "1200000000000000077"}, code: 1, want: []string{"1200000000000000077"}},
		"audit elsewhere": {audit: fakediscord.Place{Kind: fakediscord.KindCategory}, code: 1, want: []string{audit, "a category", "audit_channel"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fakediscord.New(t)
			f.SetPlace(approvals, tt.approvals)
			f.SetPlace(audit, tt.audit)
			m := newMachine(t)
			path := filepath.Join(t.TempDir(), "config.toml")
			text := fmt.Sprintf("[discord]\ntoken = %q\nguild_ids = [%q]\napprovals_channel = %q\naudit_channel = %q\napprover_roles = [\"1300000000000000002\"]\nrest_url = %q\n",
				f.Token, f.Guild, approvals, audit, f.URL)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			m.env["DIDOPS_CONFIG"] = path
			if code := m.run(t, "doctor"); code != tt.code {
				t.Errorf("got exit %d, want %d", code, tt.code)
			}
			said := strings.Join(strings.Fields(m.out.String()+m.err.String()), " ")
			for _, want := range tt.want {
				if !strings.Contains(said, want) {
					t.Errorf("got %s, want %q", m.out.String(), want)
				}
			}
		})
	}
}
