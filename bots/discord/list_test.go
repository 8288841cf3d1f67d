package discord_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"didops/internal/money"
	"didops/internal/testing/fixture"
	"didops/internal/testing/golden"
	"didops/internal/testing/wide"
	"didops/internal/view"
)

// forSale are lines that differ as those of a market do.
func forSale(n int) []fixture.Line {
	fees := []string{"0.5493", "0.6625", "0.7719", "0.9591", "1.1497", "2", "12.65"}
	setups := []string{"0.9115", "3.1166", "8.1038", "3.0284", "5.8894"}
	features := [][]string{{"sms"}, {"voice"}, {"voice", "sms"}, {"voice", "fax"}, {"voice", "sms", "fax"}}
	var list []fixture.Line
	for i := range n {
		list = append(list, fixture.Line{
			Number: fmt.Sprintf("+97150000%04d", i*37), Town: "Dubai", Kind: "mobile", Features: features[i%5],
			Setup: money.MustParse(setups[i%5]), Fee: money.MustParse(fees[i*7/n]), Papers: i%5 == 2,
			Vendor: []string{"Gulf Numbers", "Acme Telecom"}[i%2], Note: []string{"", "Mobile - Etisalat"}[i%3%2],
		})
	}
	return list
}

// market draws lines as the program's own search does.
func market(total int) func(fixture.FindOut) view.Doc {
	return func(out fixture.FindOut) view.Doc {
		doc := view.Doc{Title: "Lines for sale", Summary: "No line for sale fits."}
		if len(out.Numbers) == 0 {
			return doc
		}
		doc.Headline = fmt.Sprintf("%d lines in United Arab Emirates (AE), lowest monthly fee first", total)
		doc.Blocks = append(doc.Blocks, view.Notice{Text: "30 more lines can't be bought here, because the exchange gives no id."})
		t := view.Table{Total: total, Columns: []view.Column{
			{Title: "Number"},
			{Title: "Country", Country: true},
			{Title: "Type"},
			{Title: "Features"},
			{Title: "Monthly USD", Right: true, Lead: true, Brief: "%s USD/mo"},
			{Title: "Set-up USD", Right: true, Brief: "set-up %s"},
			{Title: "Docs", Brief: "documents %s"},
			{Title: "Vendor", Loose: true},
			{Title: "Description", Loose: true, Extra: true, Brief: "%s"},
		}}
		for _, l := range out.Numbers {
			papers := "none"
			if l.Papers {
				papers = "needed"
			}
			t.Rows = append(t.Rows, []string{
				l.Number, "AE", l.Kind, strings.Join(l.Features, " "), l.Fee.String(), l.Setup.String(), papers, view.Quoted(l.Vendor), view.Quoted(l.Note),
			})
		}
		doc.Blocks = append(doc.Blocks, t)
		if out.Next != "" {
			doc.Blocks = append(doc.Blocks, view.More{Cursor: out.Next})
		}
		return doc
	}
}

// selling is a harness with lines for sale.
func selling(t *testing.T, n int) *harness {
	t.Helper()
	return newHarness(t, func(h *harness) { h.options.Stock, h.options.Draw = forSale(n), market(n) })
}

// TestLists holds what a list looks like, from the first page to the last.
func TestLists(t *testing.T) {
	t.Parallel()
	h := selling(t, 131)
	check := func(name string, r *reply) {
		t.Helper()
		golden.Check(t, "list/"+name+".json", r.last.json(t))
	}
	first := h.slash(alice(), "line find", "limit", float64(10), "kind", "mobile")
	check("search", first)
	second := h.press(alice(), first.last.control(t, "▶"), true)
	check("search_second", second)
	last := second
	for last.last.live("▶") {
		last = h.press(alice(), last.last.control(t, "▶"), true)
	}
	check("search_last", last)
	check("search_empty", h.slash(alice(), "line find", "kind", "fixed"))
	modal := h.press(alice(), first.last.control(t, "Filter"), true)
	narrowed := h.submit(alice(), modal, true, "Dubai", "mobile", "text=true", "15", "")
	check("search_filtered", narrowed)
	check("search_reader", h.slash(eve(), "line find", "limit", float64(10)))
	check("own", h.slash(alice(), "line own"))
	golden.Check(t, "result/list_other.txt", []byte(h.press(ann(), first.last.control(t, "▶"), true).said()))
	h.restart() // without a store that is shared, a list is gone then
	golden.Check(t, "result/list_expired.txt", []byte(h.press(alice(), first.last.control(t, "▶"), true).said()))
}

// TestListsHaveRoom holds that Discord takes a list of as many rows as there may
// be, of texts that are long and strange, and that each row shown keeps its
// number, its fee and its button. The checks of messages are those of the peer.
func TestListsHaveRoom(t *testing.T) {
	t.Parallel()
	nasties := []string{"**_[@everyone](https://evil.example)_**", "x", "海湾电信", "`|\\"}
	for _, rows := range []int{1, 10, 25, 100} {
		of := nasties
		if rows == 100 { // some fifty pages of each
			of = nasties[:wide.Pick(1, len(nasties))]
		}
		for _, nasty := range of {
			long, town := strings.Repeat(nasty+" ", 200), strings.Repeat(nasty, 12)
			h := newHarness(t, func(h *harness) {
				h.options.Stock = forSale(rows)
				for n := range h.options.Stock {
					l := &h.options.Stock[n]
					l.Town, l.Vendor, l.Note, l.Kind, l.Features = town, long, fmt.Sprint(n)+long, long, []string{long, fmt.Sprint(n)}
				}
				h.options.Draw = func(out fixture.FindOut) view.Doc {
					doc := market(rows)(out)
					doc.Headline = long
					doc.Blocks = append(doc.Blocks, view.Notice{Warning: true, Text: long}, view.Text(long+long))
					return doc
				}
			})
			r := h.slash(alice(), "line find", "limit", float64(rows), "town", town)
			seen := 0
			for {
				for _, c := range flat(r.last.controls) {
					section, ok := c.(discordgo.Section)
					if !ok {
						continue
					}
					text, _ := section.Components[0].(discordgo.TextDisplay)
					if !strings.Contains(text.Content, "USD/mo") || !strings.HasPrefix(text.Content, "**+97150000") {
						t.Errorf("got the row %q, want its number and its fee", text.Content)
					}
					seen++
				}
				if !r.last.live("▶") {
					break
				}
				r = h.press(alice(), r.last.control(t, "▶"), true)
			}
			if seen != rows {
				t.Errorf("%d rows of %q: got %d", rows, nasty, seen)
			}
		}
	}
}

// TestRowIsOrdered holds that the button beside a row asks for that row and
// leaves the list where it is.
func TestRowIsOrdered(t *testing.T) {
	t.Parallel()
	h := selling(t, 12)
	found := h.slash(alice(), "line find", "limit", float64(12))
	var ids []string
	for _, c := range flat(found.last.controls) {
		if b, ok := c.(discordgo.Button); ok && b.Label == "Buy…" {
			ids = append(ids, b.CustomID)
		}
	}
	r := h.press(alice(), ids[3], true)
	if len(h.All()) != 1 || h.All()[0].Lines[0].Number != forSale(12)[3].Number || !r.hidden() || r.last.live() {
		t.Errorf("got %s, want an order of the fourth row in a message of its own, and nothing approved", r.said())
	}
	if r := h.press(eve(), ids[3], true); len(h.All()) != 1 || !strings.Contains(r.said(), "only who asked for it") {
		t.Errorf("got %s, want nobody else answered", r.said())
	}
}

// TestOrderIsOpenedFromItsList holds that an order is opened by the button
// beside it, with what whoever opens it may do, and that nothing is decided by
// that.
func TestOrderIsOpenedFromItsList(t *testing.T) {
	t.Parallel()
	h := bought(t)
	h.slash(alice(), "line drop", "numbers", line(2).Number)
	listed := h.slash(bob(), "slip list")
	golden.Check(t, "list/orders.json", listed.last.json(t))
	open := listed.last.control(t, "Open")
	opened := h.press(bob(), open, true)
	if !opened.hidden() || !strings.Contains(opened.said(), "sb-0001") {
		t.Fatalf("got %s, want the order of the first row in a message of its own", opened.said())
	}
	h.counts(0, 0)
	reading := h.slash(eve(), "slip list")
	if r := h.press(eve(), reading.last.control(t, "Open"), true); r.last.live() || !strings.Contains(r.said(), "sb-0001") {
		t.Errorf("got %s, want what a reader may see, and no button", r.said())
	}
	if r := h.press(eve(), open, true); !strings.Contains(r.said(), "only who asked for it") {
		t.Errorf("got %s, want nobody else answered", r.said())
	}
	h.counts(0, 0)
	if d := h.press(bob(), approveIt, false); !strings.Contains(d.said(), "sb-0001") {
		t.Errorf("got %s, want it decided as ever", d.said())
	}
	h.counts(1, 1)
}
