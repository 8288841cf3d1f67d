package order_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"didops/internal/order"
)

// TestWhatNobodyCanLookFor holds what becomes of a line of which nothing that can
// be read shows whether it was carried out: the exchange's proof makes it done, a
// refusal in words is believed, and everything else stays unknown, says so, and is
// never sent again. Its number is held for an hour, and then nothing is due.
func TestWhatNobodyCanLookFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		fate fate
		want string
		says string
	}{
		{name: "a proof", want: "done: done", says: "it is message 17"},
		{name: "a refusal in words", fate: fate{answer: refuse}, want: "failed: failed", says: "the exchange says: no"},
		{name: "yes without a proof", fate: fate{undone: true}, want: "unknown: unknown", says: "without a proof"},
		{name: "no answer", fate: fate{answer: lost}, want: "unknown: unknown", says: "portal"},
		{name: "no answer, and not carried out", fate: fate{answer: lost, undone: true}, want: "unknown: unknown"},
		{name: "an answer that never comes", fate: fate{answer: hang}, want: "unknown: unknown"},
		{name: "too many requests", fate: fate{answer: nothing}, want: "unknown: unknown", says: "not sent again"},
		{name: "too many requests, and carried out", fate: fate{answer: nothing, done: true}, want: "unknown: unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(w *harness) {
				w.x.own("9711")
				w.x.will("9711", tt.fate)
				a := w.engine("a")
				a.Start()
				began := time.Now()
				o := a.approve(alice(), a.place(alice(), "message", "9711"))
				wantStates(t, o, tt.want)
				if took := time.Since(began); tt.fate.answer != hang && took > time.Second {
					t.Errorf("took %s, want no waiting for what nobody can see", took)
				}
				if !strings.Contains(o.Lines[0].Message, tt.says) {
					t.Errorf("got %q, want %q in it", o.Lines[0].Message, tt.says)
				}
				text := o.Message + strings.Join(o.Unsure, " ")
				if o.State == order.Unknown && (strings.Contains(text, "looked for") || !strings.Contains(text, "nothing that can be read shows")) {
					t.Errorf("got %q", text)
				}
				time.Sleep(25 * time.Hour)
				synctest.Wait()
				wantStates(t, a.see(alice(), o), tt.want)
				wantSends(t, w.x, "9711", 1)
				if r := record(t, w.store, o.ID); !r.Lines[0].NextLook.IsZero() {
					t.Errorf("got a look at %s, want none any more", r.Lines[0].NextLook)
				}
				a.place(alice(), "update", "9711") // it is not held any more
			})
		})
	}
}

// TestAMessageOfAProcessThatDied holds that another process does not send it.
func TestAMessageOfAProcessThatDied(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		w.x.own("9711", "9712")
		w.x.will("9711", fate{answer: hang})
		a := w.engine("a")
		o := a.place(alice(), "message", "9711", "9712")
		go a.Decide(w.t.Context(), order.DecideRequest{Order: o.ID, Approve: true, By: alice()}) //nolint:errcheck // it dies
		time.Sleep(time.Second)
		synctest.Wait()
		_ = a.Close()
		b := w.engine("b")
		b.Start()
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		wantStates(t, b.see(alice(), o), "unknown: unknown skipped")
		wantSends(t, w.x, "", 1)
	})
}
