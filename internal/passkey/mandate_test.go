package passkey_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/internal/audit"
	"didops/internal/passkey"
)

// TestLedgerFollowsMandates holds what is known of a mandate from the trail: what it
// bought, which stays known when its order is over, and that it was revoked.
func TestLedgerFollowsMandates(t *testing.T) {
	t.Parallel()
	uae := &audit.Mandate{ID: "m-1", Name: "uae"}
	made := audit.Entry{Order: "o-m", Event: "approved", State: "executing", Decision: &audit.DecisionProof{}}
	used := audit.Entry{Order: "o-1", Event: "mandate used", State: "scheduled", Mandate: uae}
	line := func(event, state, line string) audit.Entry {
		return audit.Entry{Order: "o-1", Event: event, State: state, Number: "+1", Line: line, Mandate: &audit.Mandate{ID: "m-1", Name: "uae", Due: "3.00"}}
	}
	revoked := func(id, name, exchange string) audit.Entry {
		return audit.Entry{Event: "mandate revoked", Exchange: exchange, Mandate: &audit.Mandate{ID: id, Name: name}}
	}
	for _, tt := range []struct {
		name    string
		list    []audit.Entry
		revoked bool
		lines   []passkey.LineDoing
	}{
		{"made", []audit.Entry{made}, false, nil},
		{"used", []audit.Entry{made, used}, false, nil},
		{"sent", []audit.Entry{made, used, line("sent", "executing", "sending")}, false, []passkey.LineDoing{{Sent: 1, State: "sending", Due: "3.00"}}},
		{"done", []audit.Entry{made, used, line("sent", "executing", "sending"), line("done", "done", "done")}, false, []passkey.LineDoing{{Sent: 1, State: "done", Due: "3.00"}}},
		{"revoked", []audit.Entry{made, revoked("m-1", "uae", "x")}, true, nil},
		{"another of its name was revoked", []audit.Entry{made, revoked("m-2", "uae", "x")}, true, nil},
		{"one of its name was revoked before", []audit.Entry{revoked("m-2", "uae", "x"), made}, false, nil},
		{"and is said to be approved again", []audit.Entry{made, revoked("m-2", "uae", "x"), made}, true, nil},
		{"another was revoked", []audit.Entry{made, revoked("m-2", "other", "x")}, false, nil},
		{"at another exchange", []audit.Entry{made, revoked("m-2", "uae", "y")}, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := onFile(t)
			for _, e := range tt.list {
				e.At = w.now()
				w.appends(e)
			}
			for _, s := range []*passkey.Service{w.Service, w.service()} { // one that followed, and one that reads the file
				var got passkey.MandateDoings
				err := w.store.Passkeys().Read(t.Context(), func(tx passkey.StoreTx) (err error) {
					got, err = s.SeenMandate(tx, "x", *uae, "o-m")
					return err
				})
				var lines []passkey.LineDoing
				for _, l := range got.Lines {
					if l.Order != "o-1" || l.Number != "+1" || l.Used.Mandate != "m-1" {
						t.Errorf("got %+v", l)
					}
					lines = append(lines, l.LineDoing)
				}
				if diff := cmp.Diff(tt.lines, lines); err != nil || got.Revoked != tt.revoked || diff != "" {
					t.Errorf("got %+v %v, want revoked %v\n%s", got, err, tt.revoked, diff)
				}
				if err := w.See(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
