package market_test

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/exchange"
	"didops/internal/market"
	"didops/internal/money"
)

// wish is a filter as data, so that it can be applied to a row as well.
type wish struct {
	prefixes       []string
	features       [4]*bool
	documents      *bool
	monthly, setup money.Amount
	kind, country  string
	seller, text   string
	ending         string
	town           string // what descriptions call it; its numbers begin with townCode
}

const townCode = "971"

func drawWish(t *rapid.T) wish {
	maybe := func(name string) *bool { return rapid.Ptr(rapid.Bool(), true).Draw(t, name) }
	w := wish{
		prefixes:  rapid.SampledFrom([][]string{nil, {"9"}, {"971"}, {"1", "971"}, {"97155"}, {"44", "12"}}).Draw(t, "prefixes"),
		features:  [4]*bool{maybe("voice"), maybe("sms"), nil, maybe("video")},
		documents: maybe("documents"),
		kind:      rapid.SampledFrom([]string{"", "mobile", "VoIP"}).Draw(t, "type"),
		country:   rapid.SampledFrom([]string{"", "AE", "US"}).Draw(t, "country"),
		seller:    rapid.SampledFrom([]string{"", "acme"}).Draw(t, "seller"),
		text:      rapid.SampledFrom([]string{"", "a"}).Draw(t, "text"),
		town:      rapid.SampledFrom([]string{"", "e"}).Draw(t, "town"),
		ending:    rapid.SampledFrom([]string{"", "1", "23"}).Draw(t, "ending"),
	}
	if rapid.Bool().Draw(t, "bounded") {
		w.monthly = money.MustParse(rapid.SampledFrom([]string{"0.1", "1.65", "1.650001", "3"}).Draw(t, "most"))
	}
	if rapid.Bool().Draw(t, "set-up bounded") {
		w.setup = money.MustParse(rapid.SampledFrom([]string{"0.99", "1", "3"}).Draw(t, "set-up"))
	}
	return w
}

// filter is the wish as the memory takes it. Where a number without a country
// is, its last digit tells: 1 the wanted one, 2 nobody knows.
func (w wish) filter() *market.Filter {
	f := &market.Filter{Prefixes: w.prefixes, Features: w.features, Documents: w.documents, MonthlyMost: w.monthly, SetupMost: w.setup}
	f.Place = func(p market.Place) market.Answer {
		switch {
		case w.kind != "" && p.Type != w.kind, w.country != "" && p.Country != "" && p.Country != w.country:
			return market.No
		case w.country != "" && p.Country == "":
			return market.Unsure
		}
		return market.Yes
	}
	f.Where = where
	if w.seller != "" {
		f.Seller = func(name string) bool { return strings.EqualFold(name, w.seller) }
	}
	if w.text != "" {
		f.Text = func(text string) bool { return strings.Contains(text, w.text) }
	}
	if w.town != "" {
		f.Named = func(text string) bool { return strings.Contains(text, w.town) }
		f.Begins = func(digits []byte) bool { return bytes.HasPrefix(digits, []byte(townCode)) }
	}
	if w.ending != "" {
		f.Number = func(digits []byte) bool { return bytes.HasSuffix(digits, []byte(w.ending)) }
	}
	return f
}

func where(digits string) market.Answer {
	switch digits[len(digits)-1] {
	case '1':
		return market.Yes
	case '2':
		return market.Unsure
	}
	return market.No
}

// judge says of one row what a filter has to: whether it is found, and whether
// its seller is named.
func (w wish) judge(o *exchange.Offer) (found market.Answer, seller bool) {
	if len(w.prefixes) > 0 && !slices.ContainsFunc(w.prefixes, func(p string) bool { return strings.HasPrefix(o.Digits, p) }) {
		return market.No, false
	}
	for i, has := range [4]bool{o.Voice, o.SMS, o.Fax, o.Video} {
		if w.features[i] != nil && *w.features[i] != has {
			return market.No, false
		}
	}
	if w.documents != nil && (o.DocumentsUnstated || o.NeedsDocuments != *w.documents) ||
		w.monthly.Known() && o.MonthlyFee.Cmp(w.monthly) > 0 || w.setup.Known() && o.SetupFee.Cmp(w.setup) > 0 ||
		w.kind != "" && o.Type != w.kind || !strings.Contains(o.Description, w.text) || !strings.HasSuffix(o.Digits, w.ending) {
		return market.No, false
	}
	if w.town != "" && !strings.Contains(o.Description, w.town) && !strings.HasPrefix(o.Digits, townCode) {
		return market.No, false
	}
	in := market.Yes
	switch {
	case w.country == "":
	case o.Country == "":
		in = where(o.Digits)
	case o.Country != w.country:
		in = market.No
	}
	sold := w.seller == "" || strings.EqualFold(o.Vendor, w.seller)
	if !sold && in != market.No {
		return market.No, in == market.Yes
	}
	return in, in == market.Yes
}

// TestSelectIsTheFilterOfEachRow holds the answer of whole columns against
// that of one row at a time.
func TestSelectIsTheFilterOfEachRow(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m, _ := newMirror(t, filepath.Join(t.TempDir(), "market.db"), true)
		is := offers{}
		for range rapid.IntRange(1, 30).Draw(r, "rows") {
			digits := rapid.SampledFrom([]string{"1", "12", "971", "97155", "44"}).Draw(r, "code") + fmt.Sprint(rapid.IntRange(1000, 9999999).Draw(r, "number"))
			if len(digits) >= 5 {
				is[digits] = drawOffer(r, digits)
			}
		}
		read(t, m, exchange.MarketQuery{}, is.ask(exchange.MarketQuery{}), whole)
		for range 5 {
			w := drawWish(r)
			want, got := results{}, results{}
			for _, o := range is {
				found, seller := w.judge(&o)
				want.add(o.Digits, found)
				if seller {
					want.sellers = append(want.sellers, o.Vendor)
				}
			}
			got.look(t, m, w)
			if diff := cmp.Diff(want.sorted(), got.sorted()); diff != "" {
				r.Errorf("%+v: %s", w, diff)
			}
		}
	})
}

// results are what a filter finds, by number.
type results struct{ fit, unsure, sellers []string }

func (r *results) add(digits string, a market.Answer) {
	switch a {
	case market.No:
	case market.Yes:
		r.fit = append(r.fit, digits)
	case market.Unsure:
		r.unsure = append(r.unsure, digits)
	}
}

func (r *results) look(t *testing.T, m *market.Mirror, w wish) {
	t.Helper()
	prefixes := w.prefixes
	if prefixes == nil {
		prefixes = []string{""}
	}
	var found market.Found
	err := m.Look(t.Context(), func(v *market.View) error {
		return v.Visit(t.Context(), prefixes, func(c *market.Cell) error {
			c.Select(w.filter(), &found)
			if !slices.IsSorted(found.Fit) || !slices.IsSorted(found.Unsure) {
				t.Errorf("got %+v, want the rows in their order", found)
			}
			for _, i := range found.Fit {
				r.add(c.Digits(i), market.Yes)
			}
			for _, i := range found.Unsure {
				r.add(c.Digits(i), market.Unsure)
			}
			r.sellers = append(r.sellers, found.Sellers...)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sorted is the results in an order that can be compared.
func (r *results) sorted() map[string][]string {
	sellers := map[string]bool{}
	for _, s := range r.sellers {
		sellers[s] = true
	}
	return map[string][]string{
		"fit": slices.Sorted(slices.Values(r.fit)), "unsure": slices.Sorted(slices.Values(r.unsure)), "sellers": slices.Sorted(maps.Keys(sellers)),
	}
}
