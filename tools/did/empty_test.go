package did_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"didops/internal/exchange/sandbox"
	"didops/internal/exchange/tcxc"
	"didops/internal/fault"
	"didops/internal/view"
)

// filters are the parameters of a search but for those of the area, in the
// order in which an empty result tells of them.
func filters() []string {
	return []string{"type", "voice", "sms", "fax", "video", "vendor", "city", "description", "pattern", "max_monthly_fee", "max_setup_fee", "documents"}
}

// given returns the filters of a search that narrow anything.
func given(a args) []string {
	var list []string
	for _, name := range filters() {
		if v, ok := a[name]; ok && v != "any" && (a.text(name) != "" || v == true || v == false) {
			list = append(list, name)
		}
	}
	return list
}

// only returns the arguments of an area and of the filters named.
func (a args) only(names ...string) args {
	few := args{}
	for _, name := range append([]string{"country", "prefix"}, names...) {
		if v, ok := a[name]; ok {
			few[name] = v
		}
	}
	return few
}

// told is what an empty result must say of what the filters leave, in the
// plainest way.
func told(market []offer, a args) (steps, without string) {
	count := func(of args) int {
		rows, _, _ := expected(market, of)
		return len(rows)
	}
	var area []string
	for _, name := range []string{"country", "prefix"} {
		if a[name] != nil {
			area = append(area, name)
		}
	}
	name := strings.Join(area, " and ")
	if name == "" {
		name = "for sale"
	}
	steps = fmt.Sprintf("Left after each filter: %s %s", name, view.Count(count(a.only())))
	var parts []string
	for i, f := range given(a) {
		n := count(a.only(given(a)[:i+1]...))
		steps += fmt.Sprintf(" → %s %s", f, view.Count(n))
		if n == 0 {
			break
		}
	}
	for _, f := range given(a) {
		if n := count(a.with(args{f: nil})); n > 0 {
			parts = append(parts, "without "+f+" "+view.Count(n))
		}
	}
	return steps + ".", strings.Join(parts, ", ")
}

// TestEmptyResultSaysWhy holds what search and overview say of filters that
// nothing fits, in JSON and in the text, and that they say nothing of others.
func TestEmptyResultSaysWhy(t *testing.T) {
	t.Parallel()
	r := start(t, setup{
		sandbox: sandbox.Options{Numbers: 500, Seed: 7, PageMost: 1000},
		client:  tcxc.Options{PageSize: 1000},
	})
	market := known(r.offers())
	empty := 0
	rapid.Check(t, func(rt *rapid.T) {
		a := drawFilter(rt, market).with(args{"sort": nil})
		want, hidden, _ := expected(market, a)
		for _, tool := range []string{"did_search", "did_overview"} {
			got, err := read(t.Context(), r.gate, call(tool, a))
			if f, ok := fault.As(err); ok && f.Code == fault.Invalid && (f.Field == "prefix" || f.Field == "vendor") && len(want)+hidden == 0 {
				return
			}
			if err != nil {
				rt.Fatalf("%s %v: %v", tool, a, err)
			}
			if len(want)+hidden > 0 {
				if got.Why != nil {
					rt.Fatalf("%s %v: got %q of %d rows that fit, want nothing", tool, a, got.Why, len(want)+hidden)
				}
				continue
			}
			empty++
			steps, without := told(market, a)
			if len(got.Why) == 0 || got.Why[0] != steps || without != "" && got.Why[len(got.Why)-1] != "Leave one out, and numbers fit: "+without+"." {
				rt.Fatalf("%s %v: got %q, want %q and %q", tool, a, got.Why, steps, without)
			}
			text := words(got.result.Doc)
			for _, why := range got.Why {
				if !strings.Contains(text, why) {
					rt.Fatalf("%s %v: got %q, want %q in it", tool, a, text, why)
				}
			}
		}
	})
	if empty == 0 {
		t.Error("got no empty result")
	}
}

// TestEmptyResultExplainsFilters holds what is said of filters that people take
// for something else.
func TestEmptyResultExplainsFilters(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 2000}})
	for _, tt := range []struct {
		args args
		want string
	}{
		{args{"country": "UAE", "type": "national", "voice": false, "documents": "required"}, "That voice is false means that a number must not have it"},
		{args{"country": "UAE", "pattern": "971?"}, "held against the whole number, country code first, and * stands for any run of digits; *971?* would find"},
		{args{"prefix": "21255"}, "(21255: Western Sahara and Morocco); an area code needs its country"},
		{args{"prefix": "999"}, "(999 is none)"},
		{args{"vendor": "sandpiper"}, "whole name of a seller, such as “Sandpiper Telecom”; sellers that have such numbers: “Acme”,"},
		{args{"country": "UAE", "max_monthly_fee": "0.01"}, "The lowest that would fit but for max_monthly_fee is "},
		{args{"country": "Tuvalu"}, "Left after each filter: country 0."},
	} {
		for _, tool := range []string{"did_search", "did_overview"} {
			got := r.get(tool, tt.args)
			if got.Matched != 0 || !strings.Contains(strings.Join(got.Why, "\n"), tt.want) {
				t.Errorf("%s %v: got %d matched and %q, want %q", tool, tt.args, got.Matched, got.Why, tt.want)
			}
		}
	}
	if f := r.refused("did_search", args{"country": "USA", "prefix": "212"}); !strings.Contains(f.Hint, "begin with 1; an area code comes behind that") {
		t.Errorf("got %q, want where an area code stands", f.Hint)
	}
}

// TestExplanationIsBounded holds that a result which is not empty costs no
// request more, that an explanation reads a part of a large market and says so,
// and that one which can't be read is left out.
func TestExplanationIsBounded(t *testing.T) {
	t.Parallel()
	r := start(t, setup{sandbox: sandbox.Options{Numbers: 20000, PageMost: 500}, client: tcxc.Options{PageSize: 500}})
	before := r.requests()
	r.get("did_search", args{"country": "Qatar"})
	if n := r.requests() - before; n > 3 {
		t.Errorf("got %d requests for one page that is not empty, want no more than it needs", n)
	}
	before = r.requests()
	r.get("did_search", args{})
	all := r.requests() - before
	before = r.requests()
	r.get("did_search", args{"description": "nobody says that"})
	searched := r.requests() - before
	if got := r.get("did_overview", args{"description": "nor that"}); !strings.Contains(got.Why[0], "counted among the first 5,000 numbers read.") {
		t.Errorf("got %q, want how much was read", got.Why)
	}
	if most := all + all/2; searched > most { // a quarter of the market again
		t.Errorf("got %d requests, want at most %d", searched, most)
	}
	broken := start(t, setup{sandbox: sandbox.Options{Numbers: 200}, client: tcxc.Options{PageSize: 500}})
	broken.get("did_search", args{})
	broken.sandbox.Script(sandbox.Fault{Kind: sandbox.Status, Code: 403, After: broken.requests(), Times: 100})
	got := broken.get("did_search", args{"description": "nobody says that"})
	if got.Matched != 0 || !got.Complete || got.Why != nil && !strings.Contains(got.Why[0], "numbers read.") {
		t.Errorf("got %d matched and %q, want a complete result, and no explanation that claims to be", got.Matched, got.Why)
	}
}
