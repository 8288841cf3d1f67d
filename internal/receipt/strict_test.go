package receipt_test

import (
	"strings"
	"testing"

	"didops/internal/audit"
	"didops/internal/receipt"
)

// TestNamesOfEntries holds that both verifiers read the names in an entry alike:
// exactly, and none twice.
func TestNamesOfEntries(t *testing.T) {
	t.Parallel()
	const state, words = `"state":"rejected"`, `"result":"no"`
	w := newWorld(t, 14)
	var files [][]byte
	accepted := 0
	for _, tt := range []struct {
		name, old, now string
		accepted       bool
	}{
		{"as it is", state, state, true},
		{"twice", state, `"state":"done",` + state, false},
		{"twice, escaped", state, `"st\u0061te":"done",` + state, false},
		{"twice within", words, `"x":[{"y":{"z":1,"z":2}}],` + words, false},
		{"in another case", state, state + `,"State":"done"`, true},
		{"words that look like names", words, `"result":"\"state\":\"state\":\\"`, true},
	} {
		o := w.ask()
		w.note(o, audit.Entry{Event: "rejected", State: "rejected", Result: "no"})
		last := &w.texts[len(w.texts)-1]
		*last = strings.Replace(*last, tt.old, tt.now, 1)
		f := file(t, w.receipt(o))
		found, err := receipt.Verify(f)
		if (err == nil) != tt.accepted || err == nil && found.State != "rejected" {
			t.Errorf("%s: got %q %v, want accepted %t, rejected", tt.name, found.State, err, tt.accepted)
		}
		if tt.accepted {
			accepted++
		}
		files = append(files, f)
	}
	got := judge(t, files, nil)
	if len(got.Found) != accepted {
		t.Errorf("in JavaScript: got %d accepted, refused %v, want %d", len(got.Found), got.Refused, accepted)
	}
	for _, p := range got.Found {
		if p.State != "rejected" {
			t.Errorf("in JavaScript: got %+v, want it rejected", p)
		}
	}
}
