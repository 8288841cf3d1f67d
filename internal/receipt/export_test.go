package receipt_test

import (
	"strings"
	"testing"

	"didops/internal/audit"
	"didops/internal/receipt"
)

// export is the trail as "didops audit export" prints it.
func (w *world) export() string {
	var out strings.Builder
	for _, text := range w.texts {
		out.WriteString(strings.TrimSuffix(text, "}") + `,"hash":"` + audit.Hash(text) + `"}` + "\n")
	}
	return out.String()
}

// TestSendsOfTheTrail holds that a whole trail which tells of a send of the order
// is believed over a receipt which does not.
func TestSendsOfTheTrail(t *testing.T) {
	t.Parallel()
	sent := func(w *world, o *asked) { w.append(audit.Entry{Event: "sent", Order: o.id, Kind: "purchase"}) }
	counted := func(w *world, o *asked) { w.note(o, audit.Entry{Event: "sent", State: "executing"}) }
	told := func(w *world, o *asked) { w.append(audit.Entry{Event: "decision refused", Order: o.id}) }
	for _, tt := range []struct {
		name, state string
		early, late func(w *world, o *asked) // before and after the head
		says        string
	}{
		{"only told", "rejected", told, told, ""},
		{"not counted", "rejected", sent, nil, "entry 6 of the trail sent it"},
		{"not counted, of an expired one", "expired", sent, nil, "entry 6 of the trail sent it"},
		{"not counted, of a cancelled one", "cancelled", sent, nil, "entry 6 of the trail sent it"},
		{"not counted, of one that was carried out", "done", sent, nil, "cut off: entry 6"},
		{"not counted, later", "cancelled", nil, sent, "entry 6 of the trail sent it"},
		{"counted, later", "expired", nil, counted, "entry 6 of the trail sent it"},
		{"counted, later, of one that was carried out", "done", nil, counted, ""},
	} {
		w := newWorld(t, 11)
		o := w.ask()
		w.note(o, audit.Entry{Event: tt.state, State: tt.state})
		if tt.early != nil {
			tt.early(w, o)
		}
		found, err := receipt.Verify(file(t, w.receipt(o)))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if tt.late != nil {
			tt.late(w, o)
		}
		_, err = found.Against(strings.NewReader(w.export()))
		if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.says)
		}
	}
}

// TestEndedAndSent holds in both verifiers that an order which ended without being
// carried out was not sent, unless the exchange was not reached.
func TestEndedAndSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 12)
	var files [][]byte
	accepted := 0
	for _, state := range []string{"rejected", "expired", "cancelled"} {
		for _, line := range []string{"sending", "unknown", "waiting"} {
			o := w.ask()
			w.decide(o, w.people[0], true, "scheduled", nil)
			w.note(o, audit.Entry{Event: "sent", State: "scheduled", Number: "+971501234567", Line: "sending"})
			w.note(o, audit.Entry{Event: "answered", State: "scheduled", Number: "+971501234567", Line: line})
			w.note(o, audit.Entry{Event: state, State: state})
			f := file(t, w.receipt(o))
			files = append(files, f)
			want := state == "cancelled" && line == "waiting"
			if want {
				accepted++
			}
			if _, err := receipt.Verify(f); (err == nil) != want {
				t.Errorf("%s, %s: got %v, want accepted %t", state, line, err, want)
			}
		}
	}
	if got := judge(t, files, nil); len(got.Found) != accepted {
		t.Errorf("in JavaScript: got %+v, refused %v, want %d accepted", got.Found, got.Refused, accepted)
	}
}
