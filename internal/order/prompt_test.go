package order_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

// A question that is asked while its call waits is answered out of the same
// dialog, whatever process the answer reaches; the arguments do not come back.
func TestHandleOfADialog(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		t := w.t
		w.x.offer("9711")
		d, other := w.desk("a"), w.desk("b")
		me := asking(http("team"))
		o := d.place(me, "purchase", "9711")
		call := order.PromptCall{Operation: "did_purchase", Args: []byte(`{"numbers":["9711"]}`), Dialog: "session-1", By: identity.Caller{Frontend: identity.MCP, Principal: me.Principal}}
		until := time.Now().Add(50 * time.Second)
		handle, err := d.IssuePrompt(t.Context(), o.ID, call, until)
		if err != nil {
			t.Fatal(err)
		}
		brief := call
		brief.Args = nil
		for name, change := range map[string]func(*order.PromptCall){
			"other dialog":    func(c *order.PromptCall) { c.Dialog = "session-2" },
			"no dialog":       func(c *order.PromptCall) { c.Dialog, c.Args = "", call.Args },
			"other principal": func(c *order.PromptCall) { c.By.Principal.ID = "other" },
			"other operation": func(c *order.PromptCall) { c.Operation = "did_unsubscribe" },
		} {
			c := brief
			change(&c)
			if _, err := other.RedeemPrompt(t.Context(), handle, c); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: got %v, want invalid", name, err)
			}
		}
		answered := func(handle string, want bool) {
			t.Helper()
			for _, d := range []*desk{d, other} {
				if got, err := d.PromptUsed(t.Context(), handle); got != want || err != nil {
					t.Errorf("answered: got %v, %v, want %v", got, err, want)
				}
			}
		}
		answered(handle, false)
		answered("forged", false)
		if id, err := other.RedeemPrompt(t.Context(), handle, brief); err != nil || id != o.ID {
			t.Fatalf("got %q %v", id, err)
		}
		answered(handle, true)
		_, err = d.RedeemPrompt(t.Context(), handle, brief)
		wantFault(t, err, fault.Conflict)
		if !errors.Is(err, order.ErrAnswered) {
			t.Errorf("got %v, want it marked", err)
		}

		late, err := d.IssuePrompt(t.Context(), o.ID, call, until)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Second)
		_, err = other.RedeemPrompt(t.Context(), late, brief)
		wantFault(t, err, fault.Expired)
		answered(late, false)
	})
}

// A secret is the same in every process, another for every purpose, and not
// the key. It needs no order to be there.
func TestSecret(t *testing.T) {
	t.Parallel()
	w := onDisk(t, filepath.Join(t.TempDir(), "orders.db"))
	defer w.close()
	d, other := w.desk("a"), w.desk("b")
	secret := func(d *desk, purpose string) []byte {
		t.Helper()
		got, err := d.Secret(t.Context(), purpose)
		if err != nil || len(got) != 32 {
			t.Fatalf("got %d bytes, %v, want 32", len(got), err)
		}
		return got
	}
	one := secret(d, "sessions")
	if !bytes.Equal(one, secret(other, "sessions")) || !bytes.Equal(one, secret(d, "sessions")) {
		t.Error("got different secrets for one purpose")
	}
	if bytes.Equal(one, secret(other, "else")) {
		t.Error("got one secret for two purposes")
	}
	err := w.store.Orders().Read(t.Context(), func(tx order.Tx) error {
		key, err := tx.Key()
		if bytes.Contains(key, one) || bytes.Contains(one, key) {
			t.Error("got the key itself")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := other.Secret(ended, "sessions"); err == nil {
		t.Error("got a secret when the store could not be read")
	}
}
