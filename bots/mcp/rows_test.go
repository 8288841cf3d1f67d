package mcp_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"didops/bots/mcp"
	"didops/internal/order"
	"didops/internal/sanitize"
	"didops/internal/view"
)

// hostile are words that clients could act upon, or read as ours.
func hostile() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune("ab *_~`<>[]()!#|\\&;:/.\"“”→é世\n\r\u202e\x1b")), 0, 30, -1)
}

func drawnFields(t *rapid.T, name string) view.Fields {
	var list view.Fields
	for _, label := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Calls to", "Messages to", "Seller", "Type", "Documents"}), 0, 3, rapid.ID).Draw(t, name) {
		list = append(list, view.Field{Label: label, Value: hostile().Draw(t, label)})
	}
	return list
}

// Whoever is asked reads every host, every notice and the seller in the first
// three rows, or is not asked.
func TestDialogIsReadInThreeRows(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	rapid.Check(t, func(t *rapid.T) {
		q := &order.Question{
			Order: "o-7k3f", Text: "Buy " + hostile().Draw(t, "question") + "?", Outcome: "Buy",
			Brief:   order.Brief{Danger: rapid.SampledFrom([]string{"", "It can't be undone."}).Draw(t, "danger"), About: drawnFields(t, "about")},
			Notices: rapid.SliceOfN(hostile(), 0, 2).Draw(t, "notices"),
			Card:    view.Doc{Title: "Order o-7k3f", Sandbox: rapid.Bool().Draw(t, "sandbox"), Blocks: []view.Block{view.Text(hostile().Draw(t, "terms"))}},
		}
		for range rapid.IntRange(0, 3).Draw(t, "wordings") {
			q.Brief.Changes = append(q.Brief.Changes, drawnFields(t, "changes"))
		}
		form, ok := mcp.FormOf(q, now.Add(time.Minute), now, "2025-11-25")
		if !ok {
			if shortest := len(q.Brief.Changes); shortest > 0 && size(q, q.Brief.Changes[shortest-1]) <= 72 {
				t.Fatalf("got no dialog about %+v, want one: it has room", q)
			}
			return
		}
		rows := strings.Split(form.Message, "\n")
		for i, row := range rows {
			if n := utf8.RuneCountInString(row); n == 0 || i < 3 && n > 72 {
				t.Fatalf("got the row %q of %d characters in %q", row, n, form.Message)
			}
		}
		top := read(strings.Join(rows[:3], " "))
		for _, want := range append(values(q.Brief.About), append(q.Notices, q.Text, q.Brief.Danger)...) {
			if !strings.Contains(top, read(want)) {
				t.Fatalf("got the first rows %q, want %q in them", top, want)
			}
		}
		told := false
		for _, changes := range q.Brief.Changes {
			all := true
			for _, v := range values(changes) {
				all = all && strings.Contains(top, read(v))
			}
			told = told || all
		}
		if !told {
			t.Fatalf("got the first rows %q, want one of %v in them", top, q.Brief.Changes)
		}
		if strings.ContainsAny(form.Message, "<>*`~\\|\r\x1b\u202e") {
			t.Fatalf("got %q, want nothing in it to act upon", form.Message)
		}
	})
}

// size is more than the characters that a question takes in one row.
func size(q *order.Question, changes view.Fields) int {
	n := utf8.RuneCountInString("SANDBOX. " + q.Text + q.Brief.Danger)
	for _, s := range append(append(values(q.Brief.About), values(changes)...), q.Notices...) {
		n += 2*utf8.RuneCountInString(s) + len("Messages to: . ")
	}
	return n
}

func values(list view.Fields) []string {
	var all []string
	for _, f := range list {
		all = append(all, f.Value)
	}
	return all
}

// read is what of a text stays when it is made inert: letters and digits.
func read(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("abé世", r) || r >= 'A' && r <= 'Z' || r >= 'c' && r <= 'z' {
			return r
		}
		return -1
	}, sanitize.Clean(s, math.MaxInt))
}

// What a row has no room for moves, and addresses give way before the dialog
// does.
func TestDialogRows(t *testing.T) {
	t.Parallel()
	const whole, short = "sip:971501234567@a-rather-long-name.sip.example.net:5060;transport=tcp", "a-rather-long-name.sip.example.net:5060"
	about := view.Fields{{Label: "Seller", Value: "“Example Telecom”"}, {Label: "Type", Value: "mobile"}, {Label: "Documents", Value: "none"}}
	calls := func(to string) view.Fields { return view.Fields{{Label: "Calls to", Value: to}} }
	seller := func(name string) view.Fields {
		return append(view.Fields{{Label: "Seller", Value: name}}, about[1:]...)
	}
	tests := []struct {
		name    string
		changes []view.Fields
		about   view.Fields
		notices []string
		want    []string // nil: there is no dialog
	}{
		{
			"room",
			[]view.Fields{calls("sip:1@a.example"), calls("a.example")},
			about, nil,
			[]string{"Calls to: sip:1@a.example.", "Seller: “Example Telecom”. Type: mobile. Documents: none."},
		},
		{
			"shorter",
			[]view.Fields{calls(whole), calls(short)},
			about, nil,
			[]string{"Calls to: " + short + ".", "Seller: “Example Telecom”. Type: mobile. Documents: none."},
		},
		{
			"moved",
			[]view.Fields{calls("sip:1@a.example")},
			seller("“" + strings.Repeat("x", 30) + "”"),
			[]string{"The number does not work yet."},
			[]string{"Calls to: sip:1@a.example. The number does not work yet.", "Seller: “" + strings.Repeat("x", 30) + "”. Type: mobile. Documents: none."},
		},
		{
			"moved up",
			[]view.Fields{calls("a.example")},
			seller("“" + strings.Repeat("x", 40) + "”"), nil,
			[]string{"Calls to: a.example. Seller: “" + strings.Repeat("x", 40) + "”.", "Type: mobile. Documents: none."},
		},
		{
			"moved beside the question",
			[]view.Fields{calls("sip.example.net:5060 → new@sip.example.net:5060")},
			append(view.Fields{{Label: "Messages to", Value: "smpp.example.net:2776 (stays)"}}, about...), nil,
			[]string{"Calls to: sip.example.net:5060 → new@sip.example.net:5060. Type: mobile.", "Messages to: smpp.example.net:2776 (stays). Seller: “Example Telecom”."},
		},
		{"a seller of many words", []view.Fields{calls("a.example")}, seller("“" + strings.Repeat("x", 80) + "”"), nil, nil},
		{"a long notice", []view.Fields{calls("a.example")}, about, []string{strings.Repeat("x", 73)}, nil},
		{"a long host", []view.Fields{calls(strings.Repeat("x", 80) + ".example")}, about, nil, nil},
		{"no wording", nil, about, nil, nil},
	}
	for _, tt := range tests {
		q := &order.Question{Text: "Buy +971501234567?", Outcome: "Buy", Brief: order.Brief{Changes: tt.changes, About: tt.about}, Notices: tt.notices}
		form, ok := mcp.FormOf(q, time.Unix(60, 0), time.Unix(0, 0), "")
		if ok != (tt.want != nil) {
			t.Errorf("%s: got %t, %q", tt.name, ok, form.Message)
		} else if rows := strings.Join(tt.want, "\n"); ok && !strings.Contains(form.Message, "\n"+rows+"\nAn answer") {
			t.Errorf("%s: got %q, want the rows %q in it", tt.name, form.Message, rows)
		}
	}
}
