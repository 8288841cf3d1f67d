package did_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/redact"
)

// TestPurchaseLabelsThatCantBeKept holds that no purchase is approved with labels
// that the numbers would not get, or that hold a secret of the configuration.
func TestPurchaseLabelsThatCantBeKept(t *testing.T) {
	t.Parallel()
	c := configured()
	c.Routing.Secret = redact.New([]string{"Kelp-Forest,7"}, nil).Holds
	o := start(t, setup{sandbox: sandbox.Options{Numbers: 100}}).orders(c)
	var many []string
	for i := range 21 {
		many = append(many, fmt.Sprintf("+t%d", i))
	}
	for _, tt := range []struct {
		field string
		given any
		want  string
	}{
		{"tags", many, "20 tags"},
		{"tags", []string{"vip", "Kelp-Forest", "7"}, "secret"},
		{"owner", "Kelp-Forest,7", "secret"},
		{"cost_centre", "at kelp-forest,7", "secret"},
		{"note", "Kelp-\u200bForest,7", "secret"},
	} {
		f := o.turnedDown("purchase", args{"numbers": []string{"+971501234567"}, tt.field: tt.given}, mcp)
		if f.Code != fault.Invalid || f.Field != tt.field || !strings.Contains(f.Message, tt.want) || strings.Contains(strings.ToLower(f.Error()+f.Hint), "kelp") {
			t.Errorf("%s %v: got %s of %q: %v, want %s", tt.field, tt.given, f.Code, f.Field, f, tt.want)
		}
	}
}

func unmarshal(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

// TestPurchaseLabels holds that labels are terms of every line, told on card and
// for programs, part of what is asked for again, and no part of what makes two
// requests the same.
func TestPurchaseLabels(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
	of := o.forSale(2, func(of exchange.Offer) bool { return both(of) })
	plain := args{"numbers": plus(of...)}
	a := plain.with(args{"owner": "Support", "cost_centre": "4711", "tags": []string{"VIP pool", "+dc-1"}, "note": "see 7"})
	if f := o.turnedDown("purchase", a, mcp); f.Field != "tags" {
		t.Errorf("got %v, want tags of both kinds refused", f)
	}
	a["tags"] = []string{"VIP pool", "dc-1"}
	q := o.quote("purchase", a, mcp)
	h := o.deals["purchase"]
	for _, l := range q.Lines {
		got := map[string]string{}
		for name, value := range facts(l.Terms) {
			if strings.HasPrefix(name, "label_") {
				got[name] = value
			}
		}
		if diff := gocmp.Diff(map[string]string{"label_owner": "Support", "label_cost_centre": "4711", "label_tags": "dc-1, pool, vip", "label_note": "see 7"}, got); diff != "" {
			t.Errorf("terms (-want +got):\n%s", diff)
		}
		if got, want := h.Describe(l).Labels, `owner “Support”, cost centre “4711”, tags “dc-1, pool, vip”, note “see 7”`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	first, err := h.Identify(arguments(plain), mcp)
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.Identify(arguments(a), mcp)
	if diff := gocmp.Diff(first, second); err != nil || diff != "" {
		t.Errorf("%v, identity (-plain +labelled):\n%s", err, diff)
	}
	again := h.Onward([]order.Rest{{Line: q.Lines[0]}}).Again
	var in map[string]any
	unmarshal(t, again.Args, &in)
	if in["owner"] != "Support" || in["note"] != "see 7" {
		t.Errorf("got %s asked for again, want the labels in it", again.Args)
	}
	for field, bad := range map[string]args{"owner": {"owner": strings.Repeat("x", 81)}, "tags": {"tags": []string{"-old"}}, "note": {"note": "token=ghp_0123456789abcdefghijABCDEFGHIJ012345"}} {
		if f := o.turnedDown("purchase", plain.with(bad), mcp); f.Code != fault.Invalid || f.Field != field {
			t.Errorf("%v: got %v, want %s refused", bad, f, field)
		}
	}
	if len(facts(o.quote("purchase", plain.with(args{"owner": "none", "tags": []string{"none"}}), mcp).Lines[0].Terms)) != len(facts(o.quote("purchase", plain, mcp).Lines[0].Terms)) {
		t.Error("got labels of none")
	}
}
