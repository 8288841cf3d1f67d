package order_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/order"
)

func TestPrompts(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d, other := w.engine("a"), w.engine("b")
		me := asking(http("team"))
		o := d.place(me, "purchase", "9711")
		call := order.PromptCall{Operation: "did_purchase", Args: []byte(`{"numbers":["9711"]}`), By: identity.Caller{Frontend: identity.FrontMCP, Principal: me.Principal}}
		handle, err := d.IssuePrompt(t.Context(), o.ID, call, o.ExpiresAt)
		if err != nil || len(handle) < 40 {
			t.Fatalf("got %q %v", handle, err)
		}
		with := func(change func(*order.PromptCall)) order.PromptCall {
			c := call
			change(&c)
			return c
		}
		for name, tt := range map[string]struct {
			handle string
			call   order.PromptCall
		}{
			"forged":          {strings.Repeat("A", len(handle)), call},
			"empty":           {"", call},
			"its hash":        {audit.Hash(handle), call},
			"the order's id":  {o.ID, call},
			"other principal": {handle, with(func(c *order.PromptCall) { c.By.Principal.ID = "other" })},
			"other surface":   {handle, with(func(c *order.PromptCall) { c.By.Principal.Realm = "os" })},
			"other arguments": {handle, with(func(c *order.PromptCall) { c.Args = []byte(`{"numbers":["9712"]}`) })},
			"other operation": {handle, with(func(c *order.PromptCall) { c.Operation = "did_unsubscribe" })},
		} {
			if _, err := other.RedeemPrompt(t.Context(), tt.handle, tt.call); fault.CodeOf(err) != fault.Invalid || strings.Contains(err.Error(), o.ID) {
				t.Errorf("%s: got %v, want invalid and nothing told", name, err)
			}
		}
		id, err := other.RedeemPrompt(t.Context(), handle, call) // by any process
		if err != nil || id != o.ID {
			t.Fatalf("got %q %v", id, err)
		}
		_, err = d.RedeemPrompt(t.Context(), handle, call)
		wantFault(t, err, fault.Conflict, "already")

		late, err := d.IssuePrompt(t.Context(), o.ID, call, o.ExpiresAt)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Minute)
		_, err = d.RedeemPrompt(t.Context(), late, call)
		wantFault(t, err, fault.Expired)
		wantSends(t, w.x, "", 0)
	})
}

func TestOneHandleIsRedeemedOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d, other := w.engine("a"), w.engine("b")
		me := asking(http("team"))
		call := order.PromptCall{Operation: "did_purchase", Args: []byte(`{}`), By: identity.Caller{Frontend: identity.FrontMCP, Principal: me.Principal}}
		handle, err := d.IssuePrompt(t.Context(), d.place(me, "purchase", "9711").ID, call, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		won := 0
		for i := range 20 {
			all.Go(func() {
				if _, err := []*testEngine{d, other}[i%2].RedeemPrompt(context.Background(), handle, call); err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if won != 1 {
			t.Errorf("one handle was redeemed %d times", won)
		}
	})
}

// A question that is asked while its call waits is answered out of the same
// dialog, whatever process the answer reaches; the arguments do not come back.
func TestHandleOfADialog(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *harness) {
		t := w.t
		w.x.offer("9711")
		d, other := w.engine("a"), w.engine("b")
		me := asking(http("team"))
		o := d.place(me, "purchase", "9711")
		call := order.PromptCall{Operation: "did_purchase", Args: []byte(`{"numbers":["9711"]}`), Dialog: "session-1", By: identity.Caller{Frontend: identity.FrontMCP, Principal: me.Principal}}
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
			for _, d := range []*testEngine{d, other} {
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
	d, other := w.engine("a"), w.engine("b")
	secret := func(d *testEngine, purpose string) []byte {
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
