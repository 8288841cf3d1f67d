package order_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/passkey"
)

// whenSent makes the store do something itself as it is told that a line is sent:
// before that is in the trail, which it may keep out, or after.
func (v *vault) whenSent(before bool, do string) {
	v.Helper()
	const sent = `NEW.entry LIKE '%"event":"sent"%'`
	if v.driver != "pgx" {
		when := map[bool]string{true: "BEFORE", false: "AFTER"}[before]
		v.raw(append(v.unlocked(), fmt.Sprintf(`CREATE TRIGGER burglar %s INSERT ON audit WHEN %s BEGIN %s; END`, when, sent, do))...)
		return
	}
	when, then := "AFTER", do+"; RETURN NEW"
	if before {
		when, then = "BEFORE", "RETURN NULL"
	}
	v.raw(`CREATE FUNCTION burgle() RETURNS trigger AS $$ BEGIN `+then+`; END $$ LANGUAGE plpgsql`,
		fmt.Sprintf(`CREATE TRIGGER burglar %s INSERT ON audit FOR EACH ROW WHEN (%s) EXECUTE FUNCTION burgle()`, when, sent))
}

// TestSendsThatAreNotNoted holds that nothing leaves of which no note could be taken
// beside the store: who writes that could have it sent again.
func TestSendsThatAreNotNoted(t *testing.T) {
	t.Parallel()
	for n, tt := range []struct {
		name string
		do   func(v *vault)
		is   order.LineState
		says string
		told string // event of the line that is not sent
	}{
		{"the store keeps it out of the trail", func(v *vault) { v.whenSent(true, "SELECT RAISE(IGNORE)") }, order.LineFailed, "does not say that it is sent", order.NotAsApproved},
		{"the store takes another key for the log's", func(v *vault) {
			v.whenSent(false, `UPDATE meta SET value = 'x' WHERE name = 'log'`)
		}, order.LineWaiting, "it was not sent", "turned away"},
		{"nothing can be written beside it", func(v *vault) {
			_ = os.Remove(v.seen + ".lock")
			if err := os.Mkdir(v.seen+".lock", 0o700); err != nil {
				v.Fatal(err)
			}
		}, order.LineFailed, "can't be kept", "turned away"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inVaults(t, 8*n, func(v *vault) {
				d := v.engine("a")
				o := v.plan(d, "9711")
				v.approves(d, "Bob", o.ID)
				tt.do(v)
				v.passes(v.engine("sender"))
				wantSends(v.t, v.x, "", 0)
				if l := v.record(o.ID).Lines[0]; l.State != tt.is || !strings.Contains(l.Message, tt.says) {
					v.Errorf("the line is %s and says %q, want it %s and %q", l.State, l.Message, tt.is, tt.says)
				}
				if len(v.trail(tt.told)) == 0 {
					v.Errorf("the trail has nothing that is %q", tt.told)
				}
			})
		})
	}
}

// TestNotedWhateverWasRead holds that note is taken of what leaves by what the store
// says as it is sent, and not by what was read of the order before.
func TestNotedWhateverWasRead(t *testing.T) {
	t.Parallel()
	inVaults(t, 0, func(v *vault) {
		d := v.engine("a")
		o := v.plan(d, "9711")
		v.approves(d, "Bob", o.ID)
		was, before := v.record(o.ID), v.steals()
		v.tampers(o.ID, func(r *order.Record) { r.Decisions[0].Assertion = nil })
		usual := v.alter
		v.alter = func(c *order.Config) {
			usual(c)
			for _, h := range c.Handlers {
				requote := h.Requote
				h.Requote = func(ctx context.Context, l order.Line) (order.Line, error) {
					v.tampers(o.ID, func(r *order.Record) { r.Decisions = was.Decisions }) //nolint:contextcheck // what somebody else does
					return requote(ctx, l)
				}
			}
		}
		v.x.onSend = func(string, *sent) { v.puts(before) } // before anybody looks at the trail again
		v.passes(v.engine("sender"))
		wantSends(v.t, v.x, "", 1)
		err := v.store.(interface{ Passkeys() passkey.Store }).Passkeys().Read(context.Background(), func(tx passkey.StoreTx) error {
			_, err := v.verifier(v.key).Seen(tx, o.ID) // as a process does that begins
			return err
		})
		if fault.CodeOf(err) != fault.Forbidden {
			v.Errorf("got %v, want the store found to be of before the send", err)
		}
	})
}
