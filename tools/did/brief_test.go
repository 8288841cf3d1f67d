package did_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/order"
	"didops/internal/view"
)

func sentences(list view.Fields) string {
	var parts []string
	for _, f := range list {
		parts = append(parts, f.Label+": "+f.Value+".")
	}
	return strings.Join(parts, " ")
}

// Every wording of a brief names every host, every user that is not the number,
// and that an address changes; about says every seller, type and document.
func TestBriefsLeaveNothingOut(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{})
	hosts := rapid.SampledFrom([]string{"a.example", "b.example:5060", "192.0.2.7", "[2001:db8::1]:5060"})
	users := rapid.SampledFrom([]string{"", "desk", "bob"})
	rapid.Check(t, func(t *rapid.T) {
		var q order.Quote
		var named, whose []string
		address := func(number, what string) string {
			host, user := hosts.Draw(t, what), users.Draw(t, what)
			if named = append(named, host); user != "" {
				named = append(named, user+"@"+host)
			} else {
				user = number
			}
			return "sip:" + user + "@" + host
		}
		for i := range rapid.IntRange(1, 4).Draw(t, "lines") {
			number := fmt.Sprintf("97150123456%d", i)
			vendor, kind := rapid.SampledFrom([]string{"", "One", "Two ”. Three"}).Draw(t, "vendor"), rapid.SampledFrom([]string{"mobile", "national"}).Draw(t, "type")
			l := order.Line{Number: number, Documents: rapid.SampledFrom([]*bool{nil, new(true), new(false)}).Draw(t, "documents"), Facts: []order.Fact{
				{Name: "vendor", Value: vendor}, {Name: "type", Value: kind}, {Name: "present_contact", Value: address(number, "present")},
			}}
			l.Terms = []order.Fact{{Name: "contact", Value: address(number, "contact")}}
			if l.Term("contact") == l.Fact("present_contact") {
				l.Terms[0].Value = address(number+"0", "another")
			}
			whose = append(whose, kind, view.Quoted(vendor), map[bool]string{true: "not stated", false: ""}[vendor == ""])
			whose = append(whose, map[bool]string{true: "needed", false: "none"}[l.Documents != nil && *l.Documents])
			if l.Documents == nil {
				whose[len(whose)-1] = "not stated"
			}
			q.Lines = append(q.Lines, l)
		}
		b := o.deals["update"].Summarize(q)
		for _, want := range whose {
			if !strings.Contains(sentences(b.About), want) {
				t.Fatalf("got %q, want %q in it", sentences(b.About), want)
			}
		}
		if len(b.Changes) == 0 {
			t.Fatal("got no wording of what changes")
		}
		for i, changes := range b.Changes {
			for _, want := range named {
				if i == len(b.Changes)-1 {
					want = strings.TrimSuffix(want, ":5060")
				}
				if !strings.Contains(sentences(changes), want) {
					t.Fatalf("got the wording %d %q, want %q in it", i, sentences(changes), want)
				}
			}
		}
	})
}

// brief is what a person reads of a quote in a dialog of three rows: behind the
// question, about the numbers, and what changes, from the fullest wording to the
// shortest.
func brief(t *testing.T, q order.Quote, b order.Brief) string {
	t.Helper()
	text := b.Danger + "\n" + sentences(b.About) + "\n"
	for _, changes := range b.Changes {
		text += sentences(changes) + "\n"
	}
	for _, n := range q.Notices {
		if !slices.Contains(b.Covers, n) {
			t.Errorf("the brief leaves %q to be said", n)
		}
	}
	return text
}
