package market_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/market"
)

// due returns the leading digits of the parts of a question that are due.
func due(t *testing.T, m *market.Mirror, q exchange.MarketQuery, since time.Time, most int) []string {
	t.Helper()
	var list []string
	err := m.Look(t.Context(), func(v *market.View) error {
		parts, err := v.Due(t.Context(), q, since, most)
		for _, p := range parts {
			if !p.Query.Until.IsZero() || p.Query.Type != q.Type || p.Query.SMS != q.SMS {
				t.Errorf("got the part %+v of %+v", p.Query, q)
			}
			list = append(list, p.Query.Prefix)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// numbered returns a row for each of these numbers.
func numbered(digits ...string) []exchange.Offer {
	list := make([]exchange.Offer, len(digits))
	for i, d := range digits {
		list[i].Number = exchange.Number{ID: fmt.Sprint(i + 1), Digits: d}
	}
	return list
}

// TestPartsAreAsLargeAsTheyMayBe holds how what is stale is divided.
func TestPartsAreAsLargeAsTheyMayBe(t *testing.T) {
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), false)
	rows := numbered("12025550100", "12025550101", "12125550100", "442079460000", "442079460001", "971501234567")
	read(t, m, exchange.MarketQuery{}, rows, whole)
	began := c.at
	c.at = c.at.Add(time.Hour)
	for most, want := range map[int][]string{
		6: {""}, 5: {"1", "2", "3", "4", "5", "6", "7", "8", "9"},
	} {
		if got := due(t, m, exchange.MarketQuery{}, c.at, most); !cmp.Equal(got, want) {
			t.Errorf("at most %d rows: got %q, want %q", most, got, want)
		}
	}
	if got := due(t, m, exchange.MarketQuery{}, c.at, 2); !slices.Contains(got, "120") || !slices.Contains(got, "121") || slices.Contains(got, "12") {
		t.Errorf("got %q, want 120 and 121 in place of 12", got)
	}
	if got := due(t, m, exchange.MarketQuery{}, began, 2); len(got) > 0 {
		t.Errorf("got %q, want nothing of what was read just then", got)
	}
	read(t, m, exchange.MarketQuery{Prefix: "97"}, rows[5:], whole)
	if got, want := due(t, m, exchange.MarketQuery{}, c.at, 5), []string{"1", "2", "3", "4", "5", "6", "7", "8"}; !cmp.Equal(got[:8], want) || slices.Contains(got, "97") {
		t.Errorf("got %q, want all but 97", got)
	}
	if got, want := due(t, m, exchange.MarketQuery{Prefix: "44", SMS: true}, c.at, 5), []string{"44"}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWhatWasTooMuchGoesByDiallingCodes holds that a market that could not be
// read in one go, and of which nothing else is known, is asked for by dialling
// codes, and every number is in one part.
func TestWhatWasTooMuchGoesByDiallingCodes(t *testing.T) {
	m, c := newMirror(t, filepath.Join(t.TempDir(), "market.db"), false)
	rows := make([]exchange.Offer, 1500)
	for i := range rows {
		rows[i].Number = exchange.Number{ID: "1", Digits: fmt.Sprint(12025550000 + i)}
	}
	read(t, m, exchange.MarketQuery{}, rows, exchange.Reading{Bounded: true})
	got := due(t, m, exchange.MarketQuery{}, c.at, 20_000)
	for _, number := range []string{"12025550100", "442079460000", "971501234567", "21055512345", "99955512345", "8835100012345"} {
		n := 0
		for _, p := range got {
			if strings.HasPrefix(number, p) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("got %s in %d parts of %q, want one", number, n, got)
		}
	}
	for _, code := range []string{"1", "44", "971", "210", "7"} {
		if !slices.Contains(got, code) {
			t.Errorf("got no part %q in %q", code, got)
		}
	}
	read(t, m, exchange.MarketQuery{Prefix: "44"}, numbered("442079460000"), whole)
	if got := due(t, m, exchange.MarketQuery{}, c.at, 20_000); slices.Contains(got, "44") || !slices.Contains(got, "45") {
		t.Errorf("got %q, want the rest without 44", got)
	}
	read(t, m, exchange.MarketQuery{Prefix: "1"}, rows, exchange.Reading{Bounded: true})
	if got := due(t, m, exchange.MarketQuery{}, c.at, 20_000); slices.Contains(got, "1") || !slices.Contains(got, "12") {
		t.Errorf("got %q, want 1 by the next digit", got)
	}
}

// TestWhatWasAskedForIsKnownToOthers holds that another process hears what was
// asked for, the last first, for a day.
func TestWhatWasAskedForIsKnownToOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "market.db")
	here, c := newMirror(t, path, false)
	there, other := newMirror(t, path, false)
	lately := func(m *market.Mirror) []exchange.MarketQuery {
		var list []exchange.MarketQuery
		if err := m.Look(t.Context(), func(v *market.View) (err error) {
			list, err = v.AskedLately(t.Context())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return list
	}
	read(t, here, exchange.MarketQuery{}, some(2), whole)
	uae, sms := exchange.MarketQuery{Prefix: "971", Type: "mobile"}, exchange.MarketQuery{SMS: true, Video: true}
	here.Asked(uae)
	c.at = c.at.Add(time.Minute)
	here.Asked(exchange.MarketQuery{Prefix: "971", Type: "mobile", MaxRows: 7}, sms)
	c.at = c.at.Add(time.Minute)
	here.Asked(sms)
	if got, want := lately(here), []exchange.MarketQuery{sms, uae}; !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := lately(there); len(got) > 0 {
		t.Errorf("got %+v before it was kept", got)
	}
	for range 2 {
		if err := here.KeepAsked(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	other.at = c.at.Add(time.Hour)
	if got, want := lately(there), []exchange.MarketQuery{sms, uae}; !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	other.at = c.at.Add(25 * time.Hour)
	if got := lately(there); len(got) > 0 {
		t.Errorf("got %+v a day later", got)
	}
	for i := range 1000 {
		c.at = c.at.Add(time.Second)
		here.Asked(exchange.MarketQuery{Prefix: fmt.Sprint(100 + i)})
	}
	if got := lately(here); len(got) != 64 || got[0].Prefix != "1099" {
		t.Errorf("got %d questions, the last %+v", len(got), got[0])
	}
}
