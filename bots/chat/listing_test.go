package chat_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"didops/bots/chat"
	"didops/internal/fault"
	"didops/internal/handle"
	"didops/internal/testing/fixture"
)

// control is the id of the button of a list that has a label.
func control(tb testing.TB, m chat.Message, label string) string {
	tb.Helper()
	if m.Listing == nil {
		tb.Fatalf("got %+v, want a list", m)
	}
	for _, b := range slices.Concat(m.Listing.Bars...) {
		if b.Label == label && !b.Off {
			return b.ID
		}
	}
	tb.Fatalf("got %+v, want a button %q", m.Listing.Bars, label)
	return ""
}

// names are the rows that a list shows.
func names(m chat.Message) []string {
	var list []string
	if m.Listing != nil {
		for _, r := range m.Listing.Rows {
			list = append(list, r.Name)
		}
	}
	return list
}

// keeper is a store of handles that forgets, and that processes share.
type keeper struct {
	mu   sync.Mutex
	kept map[string][]byte
	ends map[string]time.Time
}

func (k *keeper) Keep(_ context.Context, name string, state []byte, term time.Duration) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept[name], k.ends[name] = state, time.Now().Add(term)
	return nil
}

func (k *keeper) Kept(_ context.Context, name string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !time.Now().Before(k.ends[name]) {
		return nil, handle.ErrNone
	}
	return k.kept[name], nil
}

// replica is another process of a harness on a shared store.
func (h *harness) replica(k *keeper) {
	h.tb.Helper()
	h.c.Handles = k
	service, err := chat.New(h.c)
	if err != nil {
		h.tb.Fatal(err)
	}
	h.chat = service
}

func newKeeper() *keeper { return &keeper{kept: map[string][]byte{}, ends: map[string]time.Time{}} }

// TestListOnAnotherProcess holds that every control of a list is answered by a
// process that has not shown it.
func TestListOnAnotherProcess(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		shared, alice := newKeeper(), user("alice", "ask")
		h.replica(shared)
		first := h.command(alice, "line find", `{"kind":"any"}`).shown
		h.replica(shared)
		second := h.press(alice, control(t, first, "▶")).shown
		h.replica(shared)
		if a := h.press(alice, first.Listing.Menus[0].ID, "number"); a.shown.Listing == nil || a.shown.Listing.Rows[0].Name != "+97123456789" || a.shown.Listing.Menus[0].Prompt != "Sort: number" {
			t.Errorf("got %+v, want it in another order", a)
		}
		h.replica(shared)
		if form := h.press(alice, control(t, second, "Filter…")).form; len(form.Inputs) != 3 {
			t.Errorf("got %+v, want a form", form)
		}
		if a := h.press(alice, second.Listing.Rows[0].Act.ID); a.aside || len(h.All()) != 1 || h.All()[0].Lines[0].Number != fixture.Stock()[2].Number || decides(a.shown) {
			t.Errorf("got %+v, want an order of the row that a person decides", a)
		}
		if len(shared.kept) == 0 || strings.Contains(first.Listing.Rows[0].Act.ID, "971") {
			t.Errorf("got %d states", len(shared.kept))
		}
	})
}

// TestListOfSomebodyElse holds that a list answers who asked for it, until the
// day is over, and then says how to ask again.
func TestListOfSomebodyElse(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		h.replica(newKeeper())
		alice := user("alice", "ask")
		shown := h.command(alice, "line find", `{}`).shown
		controls := []string{
			control(t, shown, "▶"), control(t, shown, "Filter…"), control(t, shown, "CSV"),
			shown.Listing.Rows[0].Act.ID, shown.Listing.Menus[0].ID, shown.Listing.Menus[1].ID,
		}
		for _, id := range controls {
			a := h.press(user("ann", "ask", "decide"), id, "number")
			if f, _ := fault.As(a.refused); f == nil || f.Code != fault.Forbidden || !strings.Contains(f.Message, "who asked for it") || a.begun {
				t.Errorf("%s: got %v, want it refused", id, a.refused)
			}
		}
		if a := h.press(user("alice"), shown.Listing.Rows[0].Act.ID); a.refused == nil {
			t.Error("got an order of somebody who may not ask any more")
		}
		time.Sleep(24*time.Hour + time.Second)
		for _, id := range controls {
			a := h.press(alice, id, "number")
			if f, _ := fault.As(a.refused); f == nil || f.Code != fault.Expired || !strings.Contains(f.Message, "24 hours") || !strings.Contains(f.Hint, "line find again") {
				t.Errorf("%s: got %v, want to be told that it is gone", id, a.refused)
			}
		}
		if len(h.All()) != 0 {
			t.Errorf("got %d orders, want none", len(h.All()))
		}
	})
}

// TestListOfAnotherExchange holds that nothing is asked for by what was shown of
// another exchange, or of another account there.
func TestListOfAnotherExchange(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		k := newKeeper()
		h.replica(k)
		alice := user("alice", "ask")
		shown := h.command(alice, "line find", `{}`).shown
		own := h.command(alice, "line own", `{}`).shown
		chosen := h.press(alice, own.Listing.Rows[0].Act.ID).shown
		form := h.press(alice, chosen.Buttons[1].ID).form
		h.c.Exchange = "https://tcxc.example.net alice"
		h.replica(k)
		controls := []string{
			control(t, shown, "▶"), control(t, shown, "CSV"), shown.Listing.Rows[0].Act.ID, shown.Listing.Menus[1].ID,
			own.Listing.Rows[0].Act.ID, chosen.Buttons[0].ID, chosen.Buttons[1].ID,
		}
		for _, id := range controls {
			a := h.press(alice, id, "+971501234567")
			if f, _ := fault.As(a.refused); f == nil || f.Code != fault.Expired || !strings.Contains(f.Message, "another exchange") || a.begun {
				t.Errorf("%s: got %v, want it refused", id, a.refused)
			}
		}
		if a := h.submit(alice, form, map[string]string{"reason": "moving"}); a.refused == nil || a.begun {
			t.Errorf("got %+v, want the form refused", a)
		}
		if len(h.All()) != 0 {
			t.Errorf("got %d orders, want none", len(h.All()))
		}
	})
}

// TestControlsThatNoListHas holds that what was made up does no harm.
func TestControlsThatNoListHas(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		k := newKeeper()
		h.replica(k)
		alice := user("alice", "ask")
		shown := h.command(alice, "line find", `{}`).shown
		base, _ := strings.CutSuffix(strings.TrimPrefix(control(t, shown, "▶"), "v1:turn:"), "/on")
		held := strings.TrimPrefix(base, "line_find/")
		for _, id := range []string{
			"v1:turn:" + base, "v1:turn:" + base + "/back", "v1:turn:" + base + "/x", "v1:sort:" + base, "v1:row:" + base + "/2", "v1:row:" + base + "/-1",
			"v1:row:" + base + "/x", "v1:filter:" + base + "/2", "v1:filter:" + base, "v1:rows:" + base, "v1:turn:line_own/" + held + "/on",
			"v1:turn:no_tool/" + held + "/on", "v1:turn:line_find/=" + `{"t":"line_find","a":{},"w":"alice"}` + "/on", "v1:turn:line_find//on", "v1:all:line_find/x",
		} {
			if a := h.press(alice, id); a.refused == nil || a.begun {
				t.Errorf("%s: got %+v, want it refused", id, a)
			}
		}
		if a := h.submit(alice, chat.Form{ID: "v1:filtered:" + base + "/9"}, nil); !errors.Is(a.refused, chat.ErrUnknown) {
			t.Errorf("got %v, want a form of nobody refused", a.refused)
		}
	})
}

// TestFilter narrows a list by its forms: as it is to begin with, by what was
// typed, and no more by what was left empty.
func TestFilter(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		alice := user("alice", "ask")
		shown := h.command(alice, "line find", `{"town":"Dubai","text":"false","limit":"1"}`).shown
		if got := strings.Join(shown.Listing.Filters, "; "); got != "town: Dubai; text: false" {
			t.Errorf("got %q, want what it is narrowed by", got)
		}
		form := h.press(alice, control(t, shown, "Filter…")).form
		if len(form.Inputs) != 3 || form.Inputs[0].Value != "Dubai" || form.Inputs[1].Picks != 1 || !form.Inputs[1].Choices[0].Chosen {
			t.Fatalf("got %+v, want the town, the kind and what it can do", form)
		}
		flags := form.Inputs[2]
		if flags.Label != "Text, photo" || flags.Picks != 2 || len(flags.Choices) != 4 || !flags.Choices[1].Chosen || flags.Choices[0].Chosen {
			t.Errorf("got %+v, want what is yes or no in one", flags)
		}
		second := h.press(alice, control(t, shown, "▶")).shown
		narrowed := h.submit(alice, form, map[string]string{"town": " ", "kind": "fixed", flags.Name: "text=true,photo=false"})
		if got := strings.Join(narrowed.shown.Listing.Filters, "; "); !narrowed.aside || got != "kind: fixed; text: true; photo: false" {
			t.Errorf("got %q, want it narrowed by what was given", got)
		}
		if got := names(narrowed.shown); !slices.Equal(got, []string{fixture.Stock()[1].Number}) {
			t.Errorf("got %q, want the first fixed line", got)
		}
		form = h.press(alice, control(t, second, "More filters…")).form
		if len(form.Inputs) != 2 || form.Inputs[0].Name != "max_monthly_fee" || form.Inputs[1].Name != "tags" {
			t.Errorf("got %+v, want the other filters", form)
		}
		a := h.submit(alice, form, map[string]string{"max_monthly_fee": "cheap"})
		if f, _ := fault.As(a.refused); f == nil || f.Code != fault.Invalid || !a.aside || a.shown.Listing != nil {
			t.Errorf("got %v, want what is wrong, and the list as it was", a.refused)
		}
		a = h.submit(alice, form, map[string]string{"tags": "a, b", "max_monthly_fee": "5"})
		if got := strings.Join(a.shown.Listing.Filters, "; "); got != "town: Dubai; text: false; max monthly fee: 5; tags: a, b" {
			t.Errorf("got %q", got)
		}
	})
}

// TestFilterOfBoth holds that what is chosen as yes and as no is refused.
func TestFilterOfBoth(t *testing.T) {
	t.Parallel()
	running(t, func(h *harness) {
		alice := user("alice")
		form := h.press(alice, control(t, h.command(alice, "line find", `{}`).shown, "Filter…")).form
		a := h.submit(alice, form, map[string]string{form.Inputs[2].Name: "photo=true,photo=false"})
		if f, _ := fault.As(a.refused); f == nil || f.Field != "photo" || a.begun {
			t.Errorf("got %v, want it refused", a.refused)
		}
	})
}
