package did_test

import (
	"strings"
	"testing"
)

// TestPromptsNameWhatThereIs holds that a prompt speaks of operations that
// exist, whatever is filled in, and asks for nothing to be bought.
func TestPromptsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	b := start(t, setup{})
	found := map[string]bool{}
	for _, tool := range b.gate.Catalog().Tools() {
		for _, p := range tool.Prompts() {
			found[p.Name] = true
			for _, filled := range []map[string]string{nil, {"country": "UAE", "need": "SMS"}, {"need": "voice"}} {
				text := p.Text(filled)
				if !strings.Contains(text, tool.Name().String()) || len(text) > 900 {
					t.Errorf("%s: got %q, want it to name %s", p.Name, text, tool.Name())
				}
				for _, blank := range p.Blanks {
					if v := filled[blank.Name]; v != "" && !strings.Contains(text, v) {
						t.Errorf("%s: got %q, want %s in it", p.Name, text, v)
					}
				}
			}
		}
	}
	for _, want := range []string{"find_numbers", "what_do_our_numbers_cost"} {
		if !found[want] {
			t.Errorf("got no prompt %s", want)
		}
	}
}
