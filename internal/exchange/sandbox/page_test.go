package sandbox_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"didops/internal/exchange/sandbox"
)

const (
	texterror = "There was an error."
	textsold  = "This DID can not be purchased, it has been already sold"
)

func TestMagicFieldsAndPagingRule(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{PageMost: 40})
	for _, test := range []struct {
		name, path string
		form       []string
		rows       int // below 0: an error
	}{
		{"both set", "/number/market", []string{"searchform", "1", "pager", "7", "off", "3"}, 7},
		{"both unset", "/number/market", []string{"searchform", "1"}, 40},
		{"more than a page has", "/number/market", []string{"searchform", "1", "pager", "500", "off", "0"}, 40},
		{"beyond the end", "/number/market", []string{"searchform", "1", "pager", "5", "off", "10000"}, 0},
		{"the last one", "/number/market", []string{"searchform", "1", "pager", "5", "off", "9999"}, 1},
		{"far beyond the end", "/number/market", []string{"searchform", "1", "pager", "5", "off", "999999999"}, 0},
		{"pager without off", "/number/market", []string{"searchform", "1", "pager", "5"}, -1},
		{"off without pager", "/number/market", []string{"searchform", "1", "off", "0"}, -1},
		{"pager 0", "/number/market", []string{"searchform", "1", "pager", "0", "off", "0"}, -1},
		{"off negative", "/number/market", []string{"searchform", "1", "pager", "5", "off", "-1"}, -1},
		{"off no number", "/number/market", []string{"searchform", "1", "pager", "5", "off", "x"}, -1},
		{"no searchform", "/number/market", []string{"pager", "5", "off", "0"}, -1},
		{"no webapi", "/number/market", []string{"searchform", "1", "webapi", "0"}, -1},
		{"list", "/number/list", []string{"searchform", "1", "pager", "5", "off", "0"}, 0},
		{"list without off", "/number/list", []string{"searchform", "1", "pager", "5"}, -1},
		{"list without searchform", "/number/list", nil, -1},
		{"php", "/dids_market.php", []string{"searchform", "1", "pager", "7", "off", "3"}, 7},
		{"php list", "/c_dids.php", []string{"searchform", "1"}, 0},
		{"php nothing", "/c_dids.php", nil, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			form := sign(test.path, values(test.form...))
			for i := 0; i < len(test.form); i += 2 {
				form.Set(test.form[i], test.form[i+1])
			}
			a, err := r.do(test.path, form)
			if err != nil {
				t.Fatal(err)
			}
			got := a.decode(t)
			switch {
			case a.code != 200:
				t.Errorf("got HTTP %d, want 200", a.code)
			case test.rows < 0 && (got.Status != "error" || got.Message != texterror):
				t.Errorf("got %.100s, want the documented error", a.body)
			case test.rows >= 0 && (got.Status != "success" || got.Dids == nil || len(got.Dids) != test.rows):
				t.Errorf("got %s with %d rows, want success with %d", got.Status, len(got.Dids), test.rows)
			}
		})
	}
}

func TestPathsThatAreNotServed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		options sandbox.Options
		yes, no []string
	}{
		{"default", sandbox.Options{}, []string{"/number/list", "/c_dids.php"}, []string{"/numbes/list", "/", "/number/market/", "/numbers/market"}},
		{"typo", sandbox.Options{ListTypo: true}, []string{"/numbes/list"}, []string{"/number/list"}},
		{"rest", sandbox.Options{Paths: sandbox.RESTPaths}, []string{"/number/list"}, []string{"/c_dids.php", "/dids_market.php", "/purchase_did.php"}},
		{"php", sandbox.Options{Paths: sandbox.PHPPaths}, []string{"/c_dids.php"}, []string{"/number/list", "/number/market"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := start(t, test.options)
			for _, path := range test.yes {
				if got := r.post(path, "searchform", "1").decode(t); got.Status != "success" {
					t.Errorf("%s: got %q, want success", path, got.Status)
				}
			}
			for _, path := range test.no {
				if got := r.post(path, "searchform", "1"); got.code != 404 || strings.HasPrefix(got.body, "{") {
					t.Errorf("%s: got %d %s, want a 404 page", path, got.code, got.body)
				}
			}
		})
	}
}

// TestPagesAreSlicesOfTheWholeMarket compares every kind of filter and page
// with the same filter applied to all rows, some of which are sold.
func TestPagesAreSlicesOfTheWholeMarket(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{Seed: 5, Numbers: 1500, PageMost: 5000})
	for _, d := range r.offers()[:40] {
		if n, err := strconv.Atoi(text(t, d, "i_did")); err == nil && n%3 == 0 {
			r.buy(text(t, d, "i_did"))
		}
	}
	all := r.market()
	if len(all) >= 1500 || len(all) < 1400 {
		t.Fatalf("got %d rows, want 1500 less those bought", len(all))
	}
	flag := func(d map[string]any, f string) bool { return d[f] == "1" || d[f] == float64(1) }
	rapid.Check(t, func(rt *rapid.T) {
		like := rapid.SampledFrom(all).Draw(rt, "like")
		form, want := []string{}, slices.Clone(all)
		keep := func(name, value string, fits func(map[string]any) bool) {
			if !rapid.Bool().Draw(rt, name) {
				return
			}
			form = append(form, name, value)
			want = slices.DeleteFunc(want, func(d map[string]any) bool { return !fits(d) })
		}
		number, _ := like["number"].(string)
		prefix := number[:rapid.IntRange(0, len(number)).Draw(rt, "digits")]
		keep("prefix", prefix, func(d map[string]any) bool {
			n, _ := d["number"].(string)
			return strings.HasPrefix(n, prefix)
		})
		kind, _ := like["did_type"].(string)
		keep("did_type", kind, func(d map[string]any) bool { return d["did_type"] == kind })
		for _, pair := range [][2]string{{"country", "country_name"}, {"description", "description"}, {"seller", "vendor_name"}} {
			filter, field := pair[0], pair[1]
			if value, ok := like[field].(string); ok && value != "" {
				keep(filter, value, func(d map[string]any) bool { return d[field] == value })
			}
		}
		for _, f := range []string{"voice", "sms", "fax", "video"} {
			keep(f, "1", func(d map[string]any) bool { return flag(d, f) })
		}
		off := rapid.IntRange(0, len(want)+2).Draw(rt, "off")
		limit := rapid.IntRange(1, 60).Draw(rt, "limit")
		want = want[min(off, len(want)):min(off+limit, len(want))]
		got := r.market(append(form, "pager", strconv.Itoa(limit), "off", strconv.Itoa(off))...)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("%v from %d, %d rows (-want +got):\n%s", form, off, limit, diff)
		}
	})
}

func TestOffCountsPages(t *testing.T) {
	t.Parallel()
	rows := start(t, sandbox.Options{Seed: 2, PageMost: 10})
	pages := start(t, sandbox.Options{Seed: 2, PageMost: 10, OffUnit: sandbox.OffPages})
	for asked, off := range map[string]string{"10": "30", "500": "30", "4": "12"} {
		want := rows.market("pager", asked, "off", off)
		if diff := cmp.Diff(want, pages.market("pager", asked, "off", "3")); diff != "" {
			t.Errorf("page 3 of %s rows (-want +got):\n%s", asked, diff)
		}
	}
}

func TestMarketIsAsSloppyAsTheDocument(t *testing.T) {
	t.Parallel()
	r := start(t, sandbox.Options{PageMost: 10_000})
	all := r.market()
	nexmo, spellings, vendors := 0, map[any]bool{}, map[any]bool{}
	var null, missing, papers, injected, anonymous int
	for _, d := range all {
		if d["country_code"] == "ae" {
			spellings[d["country_name"]] = true
		}
		if d["is_nexmo"] == float64(1) {
			nexmo++
			if d["i_did"] != nil || d["msisdn"] != d["number"] || d["cost"] == nil || d["features"] == nil || d["interval_1"] != float64(60) {
				t.Errorf("got Nexmo row %v, want integers, msisdn, cost and features and no i_did", d)
			}
			continue
		}
		vendors[d["vendor_name"]] = true
		count := func(n *int, is bool) {
			if is {
				*n++
			}
		}
		v, has := d["price_n"]
		count(&null, has && v == nil)
		_, has = d["capacity"]
		count(&missing, !has)
		count(&papers, d["verification_required"] == "1")
		count(&injected, strings.Contains(text(t, d, "description"), "IGNORE"))
		_, has = d["vendor_name"]
		count(&anonymous, !has)
		if text(t, d, "i_did") == "" || text(t, d, "voice") == "" || text(t, d, "monthly_fee") == "0.0000" {
			t.Errorf("got row %v, want strings and a fee", d)
		}
	}
	if nexmo < 600 || nexmo > 1000 {
		t.Errorf("got %d Nexmo rows of 10000, want about 8 %%", nexmo)
	}
	if len(spellings) != 4 || len(vendors) < 7 {
		t.Errorf("got spellings %v and vendors %v, want 4 and 7 or more", spellings, vendors)
	}
	for name, n := range map[string]int{"null": null, "missing": missing, "papers": papers, "injected": injected, "anonymous": anonymous} {
		if n == 0 {
			t.Errorf("got no row that is %s, want some", name)
		}
	}
	if got := r.market("country", "united arab emirates"); len(got) != 0 {
		t.Errorf("country in small letters: got %d rows, want none", len(got))
	}
}
