package order_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLifeOfAnOrder(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"purchase", "update", "unsubscribe"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			onEveryStore(t, func(w *harness) {
				t := w.t
				numbers := []string{"9711", "9712"}
				w.x.own(numbers...)
				if kind == "purchase" {
					w.x.set("9711", func(n *number) { n.owner = "" })
					w.x.set("9712", func(n *number) { n.owner = "" })
				}
				d := w.engine("a")
				o := d.place(http("team"), kind, numbers...)
				wantStates(t, o, "pending: waiting waiting")
				if len(o.QuoteHash) != 64 || o.Kind != kind || o.Costs != (kind == "purchase") || len(o.ApproveAt) == 0 || !strings.HasPrefix(o.ID, "o-") {
					t.Errorf("got %+v", o)
				}
				time.Sleep(time.Minute)
				wantSends(t, w.x, "", 0)
				o = d.approve(alice(), o)
				wantStates(t, o, "done: done done")
				wantSends(t, w.x, "", 2)
				if len(o.DecidedBy) != 1 || o.DecidedBy[0].Name != "Alice" || o.DecidedAt.IsZero() {
					t.Errorf("got decided by %+v at %s", o.DecidedBy, o.DecidedAt)
				}
				var got []string
				for _, e := range trail(t, w.store, o.ID) {
					who := ""
					if e.Actor != nil {
						who = e.Actor.Realm + ":" + e.Actor.ID + " via " + e.Actor.Via
					}
					got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s%s", e.Event, e.State, e.Number, who)))
					if e.Quote != o.QuoteHash || e.Kind != kind || e.Exchange != place {
						t.Errorf("got entry %+v", e)
					}
				}
				want := []string{
					"requested pending http:team via mcp", "approved executing os:alice via terminal",
					"sent executing +9711", "done executing +9711", "sent executing +9712", "done done +9712",
				}
				if !slices.Equal(got, want) {
					t.Errorf("got trail\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			})
		})
	}
}
