package receipt_test

import (
	"strings"
	"testing"

	"didops/internal/audit"
	"didops/internal/receipt"
)

// TestApprovalsOfTheTerms holds in both verifiers that no send stands without an
// approval, and that fewer or weaker ones than the terms want are told.
func TestApprovalsOfTheTerms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 16)
	approve := func(o *asked, id, strength string) {
		w.note(o, audit.Entry{Event: "approved", State: "executing", Actor: &audit.Actor{Realm: "discord", ID: id}, Decision: &audit.DecisionProof{Strength: strength}})
	}
	passkey := func(o *asked) { w.decide(o, w.people[0], true, "executing", nil) }
	plain := func(n int) map[string]any { return map[string]any{"Needed": n} }
	needs := func(n int, strength string) map[string]any {
		return map[string]any{"Needed": 1, "Needs": map[string]any{"count": n, "strength": strength}}
	}
	for _, tt := range []struct {
		name   string
		rules  map[string]any
		decide func(o *asked)
		after  func(o *asked) // the first send
		says   string         // in the error, or the warning
		warns  int
	}{
		{"nobody", plain(1), nil, nil, "nobody had approved", 0},
		{"nobody yet", plain(1), nil, passkey, "nobody had approved", 0},
		{"one of one", plain(1), passkey, nil, "", 0},
		{"no rules", nil, passkey, nil, "", 0},
		{"one of two", plain(2), passkey, nil, "2 approvals before the first send, and the entries show 1", 1},
		{"one of two, and one too late", plain(2), passkey, func(o *asked) { approve(o, "5", "click") }, "show 1", 1},
		{"one person twice", plain(2), func(o *asked) { approve(o, "5", "click"); approve(o, "5", "click") }, nil, "show 1", 1},
		{"two of two", plain(2), func(o *asked) { approve(o, "5", "click"); approve(o, "6", "dialog") }, nil, "", 0},
		{"weaker", needs(1, "passkey"), func(o *asked) { approve(o, "5", "click") }, nil, "of strength “passkey”", 1},
		{"weaker, by a rule of clicks", needs(1, "click"), func(o *asked) { approve(o, "5", "dialog") }, nil, "show 0", 1},
		{"stronger", needs(1, "click"), passkey, nil, "", 0},
		{"one is weaker", needs(2, "passkey"), func(o *asked) { approve(o, "5", "click"); passkey(o) }, nil, "show 1", 1},
		{"a strength of later", needs(1, "blood"), passkey, nil, "show 0", 1},
		{"a mandate", needs(3, "passkey"), func(o *asked) { w.note(o, audit.Entry{Event: "mandate used", State: "executing"}) }, nil, "", 0},
	} {
		o := w.askUnder(tt.rules)
		if tt.decide != nil {
			tt.decide(o)
		}
		w.note(o, audit.Entry{Event: "sent", State: "executing", Number: "+971501234567", Line: "sending"})
		if tt.after != nil {
			tt.after(o)
		}
		f := file(t, w.receipt(o))
		found, err := receipt.Verify(f)
		refused := tt.says != "" && tt.warns == 0
		said := strings.Join(found.Warnings, "; ")
		if err != nil {
			said = err.Error()
		}
		if (err != nil) != refused || len(found.Warnings) != tt.warns || !strings.Contains(said, tt.says) {
			t.Errorf("%s: got %q %v, want %q", tt.name, found.Warnings, err, tt.says)
		}
		got := judge(t, [][]byte{f}, nil)
		if (len(got.Refused) > 0) != refused || !refused && got.Found[0].Warnings != tt.warns {
			t.Errorf("%s: in JavaScript: got %+v, want refused %t, %d warnings", tt.name, got, refused, tt.warns)
		}
	}
}
