package discord_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"didops/internal/digest/daily"
	"didops/internal/money"
	"didops/internal/order"
	"didops/internal/testing/fixture"
	"didops/internal/testing/golden"
)

// pages is a feed of one morning page.
type pages struct {
	mu            sync.Mutex
	due           *daily.News
	sent, refused []string
}

func (f *pages) Place() string { return general }

func (f *pages) Wait(context.Context) (time.Duration, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.due == nil {
		return time.Hour, true, nil
	}
	return 0, true, nil
}

func (f *pages) Begin(context.Context) (daily.News, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.due == nil {
		return daily.News{}, false, nil
	}
	n := *f.due
	f.due.Again = true
	return n, true, nil
}

func (f *pages) Sent(_ context.Context, _ daily.News, message string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due, f.sent = nil, append(f.sent, message)
	return nil
}

func (f *pages) Refused(_ context.Context, _ daily.News, why string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due, f.refused = nil, append(f.refused, why)
	return nil
}

func (f *pages) told() (sent, refused []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent, f.refused
}

// morning is a page of every kind of line, each about so many numbers.
func morning(count int) *pages {
	at := fixture.Moment()
	p := daily.Page{At: at, Since: at.Add(-24 * time.Hour), AsOf: at, Currency: "USD", Notes: []string{"Watches could not be looked at: the memory is away"}}
	n := daily.News{Begun: at, Rev: 7, Zone: time.UTC}
	for _, kind := range daily.Kinds() {
		for i := range most(kind, count) {
			it := daily.Item{Key: fmt.Sprint(kind, i), Number: fmt.Sprintf("97150%07d", i), Fee: money.MustParse("12345.67"), At: at, Days: 61, Count: 1, Name: "gulf *mobile* @everyone"}
			switch kind {
			case daily.Unknown, daily.Unanswered, daily.Unsigned, daily.Kept, daily.Leaving:
				it.Number, it.Order = "", fmt.Sprintf("o-%d", i)
			case daily.Fees, daily.Altered:
				it.From, it.To = "1.20", ""
			case daily.Cheaper:
				it.Offer, it.Saving, it.Part = "971509999999", money.MustParse("2.10"), 40
			case daily.Mandated:
				it.Number, it.Order, it.Due, it.To, it.Name = "", fmt.Sprintf("o-%d", i), money.MustParse("3.00"), "2 numbers and 6.00 USD left", fmt.Sprint("mandate-", i%20)
			case daily.Ending:
				it.Number, it.State, it.Name = "", daily.UsedUp, fmt.Sprint("mandate-", i)
			case daily.Lost, daily.Came, daily.Rerouted, daily.Verified, daily.Waiting, daily.Renewing, daily.Idle, daily.Found:
			}
			p.Add(kind, it)
		}
		args, _ := json.Marshal(map[string]any{"numbers": []string{fixture.Stock()[0].Number}})
		n.Acts = append(n.Acts, daily.Act{Label: "Ask to buy", Call: order.Call{Operation: "line_buy", Args: args}})
	}
	n.Page = p
	return &pages{due: &n}
}

// most is of how many things of a kind a page is: nobody has ten thousand mandates,
// and of orders that stand alike a page is told of a thousand.
func most(kind daily.Kind, count int) int {
	switch kind { //nolint:exhaustive // all others are numbers
	case daily.Mandated, daily.Ending:
		return min(count, 100)
	case daily.Unknown, daily.Unanswered, daily.Unsigned, daily.Kept:
		return min(count, 1000)
	}
	return count
}

func paged(f *pages) func(*harness) {
	return func(h *harness) { h.c.Pages, h.c.Log = f, zerolog.Nop() }
}

// TestMorningPage holds what the morning page says, that it is one message with
// every kind of line and of ten thousand numbers, and that it is sent once.
func TestMorningPage(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]int{"one": 1, "many": 10_000} {
		f := morning(count)
		timely(t, paged(f), func(t *testing.T, h *harness) { //nolint:thelper // the test itself
			time.Sleep(time.Hour)
			m := h.cardIn(general)
			golden.Check(t, "morning/"+name+".json", m.json(t))
			if sent, _ := f.told(); len(sent) != 1 || sent[0] != m.id {
				t.Errorf("got %v sent, want %s, once", sent, m.id)
			}
			if file := m.files["page.txt"]; count > 3 && strings.Count(file, "+97150") < count {
				t.Errorf("got %d characters, want all numbers in the file", len(file))
			}
			if n := strings.Count(fmt.Sprint(m.controls), "v1:call:"); n != 8 {
				t.Errorf("got %d controls, want those that have room", n)
			}
		})
	}
}

// TestMorningPageAsks holds that the control of a line makes the call as who
// presses it, days later and after a restart, and leaves the page as it is.
func TestMorningPageAsks(t *testing.T) {
	t.Parallel()
	f := morning(1)
	timely(t, paged(f), func(t *testing.T, h *harness) { //nolint:thelper // the test itself
		ask := h.cardIn(general).control(t, "Ask to buy")
		time.Sleep(6 * 24 * time.Hour)
		h.restart()
		if r := h.press(eve(), ask, false); !strings.Contains(r.said(), "<@&"+requesterRole+">") || len(h.All()) != 0 {
			t.Errorf("got %s, want the role that is needed", r.said())
		}
		r := h.press(alice(), ask, false)
		list := h.All()
		if !r.hidden() || len(list) != 1 || list[0].RequestedBy.Name != "alice" {
			t.Fatalf("got %s and %+v, want an order of alice's, in private", r.said(), list)
		}
		if again := h.rest.in(general)[0]; again.edited != 0 {
			t.Errorf("got %s, want the page as it was", again.text())
		}
	})
}
