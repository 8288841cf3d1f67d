package inventory_test

import (
	"strings"
	"testing"

	"didops/internal/exchange"
	"didops/internal/fault"
)

func three() []exchange.Owned {
	return []exchange.Owned{owned("12025550123", "4.50"), owned("12025550124", "6"), owned("12025550125", "1.25")}
}

// TestLabel is the table of how labels are asked for, one after the other.
func TestLabel(t *testing.T) {
	t.Parallel()
	h := newHarness(t, three()...)
	const a, b = "12025550123", "12025550124"
	for _, tt := range []struct {
		name string
		args args
		want string // of a, or the fault
		code fault.Code
	}{
		{"one", args{"numbers": "+" + a, "owner": "Support"}, `owner “Support”`, ""},
		{"two, and what is not given stays", args{"numbers": "+" + a + ",+" + b, "tags": "pool, VIP #dc-1"}, `owner “Support”, tags “dc-1, pool, vip”`, ""},
		{"one comes, one goes", args{"numbers": a, "tags": "+new,-pool"}, `owner “Support”, tags “dc-1, new, vip”`, ""},
		{"all anew", args{"numbers": a, "tags": []string{"only"}}, `owner “Support”, tags “only”`, ""},
		{"shown only", args{"numbers": a, "tags": "none", "dry_run": true}, `owner “Support”, tags “only”`, ""},
		{"all away", args{"numbers": a, "tags": "None"}, `owner “Support”`, ""},
		{"nothing in a shell is nothing", args{"numbers": a, "owner": "", "note": "the lobby", "cost_centre": "4711"}, `cost centre “4711”, note “the lobby”`, ""},
		{"tags by nothing", args{"numbers": a, "tags": "x"}, `cost centre “4711”, tags “x”, note “the lobby”`, ""},
		{"", args{"numbers": a, "tags": "", "note": "none"}, `cost centre “4711”`, ""},
		{"what does not show", args{"numbers": a, "owner": "A\u202eB\n C"}, `owner “AB C”, cost centre “4711”`, ""},
		{"nothing", args{"numbers": a}, "nothing would change", fault.Invalid},
		{"mixed", args{"numbers": a, "tags": "+new,old"}, "either all with + or −", fault.Invalid},
		{"both", args{"numbers": a, "tags": "+new,-new"}, "added and taken away", fault.Invalid},
		{"none among others", args{"numbers": a, "tags": "none,x"}, "stands alone", fault.Invalid},
		{"no tag", args{"numbers": a, "tags": "=x"}, "is no tag", fault.Invalid},
		{"long", args{"numbers": a, "owner": strings.Repeat("x", 81)}, "at most 80", fault.Invalid},
		{"the error of a formula", args{"numbers": a, "owner": "##"}, "owner: ## is the error of a formula", fault.Invalid},
		{"a short form", args{"numbers": a, "cost_centre": "4.7E+11"}, "which has lost digits", fault.Invalid},
		{"a password", args{"numbers": a, "note": "smpp:login:hunter2secret:1202@smpp.example.net:2776"}, "password", fault.Invalid},
		{"a configured secret", args{"numbers": a, "owner": "desk " + configured}, "owner holds a secret of the configuration", fault.Invalid},
		{"the same as tags", args{"numbers": a, "tags": "vip," + configured}, "tags holds a secret", fault.Invalid},
		{"the same with what does not show", args{"numbers": a, "note": "Kelp-\u200bForest,7"}, "note holds a secret", fault.Invalid},
		{"never ours", args{"numbers": []string{"+12025550199", a}, "owner": "x"}, "+12025550199: not a number of this account. Nothing was changed", fault.NotFound},
		{"twice", args{"numbers": []string{a, "+1 202 555 0123"}, "owner": "x"}, "there twice", fault.Invalid},
	} {
		_, f := h.label(tt.args, nil)
		if f != nil {
			if f.Code != tt.code || !strings.Contains(f.Message, tt.want) || strings.Contains(f.Message, "hunter2") {
				t.Errorf("%s: got %s %v, want %s %q", tt.name, f.Code, f, tt.code, tt.want)
			}
			continue
		}
		if got := h.labels(a); tt.code != "" || got != tt.want {
			t.Errorf("%s: got %s, want %s%s", tt.name, got, tt.code, tt.want)
		}
	}
	if got := h.labels(b); got != `tags “dc-1, pool, vip”` {
		t.Errorf("got %s of the other number", got)
	}
}

// TestLabelTellsWhatChanges holds the result of a dry run and of the change.
func TestLabelTellsWhatChanges(t *testing.T) {
	t.Parallel()
	h := newHarness(t, three()...)
	h.must("did_label", args{"numbers": "12025550123", "owner": "Support", "tags": "pool"})
	ask := args{"numbers": []string{"12025550124", "12025550123", "12025550199"}, "owner": "Support", "dry_run": true}
	got, _ := h.label(ask, nil)
	if got.Changed != 1 || got.Unchanged != 1 || got.Refused != 1 || !got.DryRun || len(got.Numbers) != 3 {
		t.Fatalf("got %+v, want one of each", got)
	}
	for i, want := range []string{"would change|owner none → “Support”", "unchanged|", "refused|not a number of this account"} {
		n := got.Numbers[i]
		if is := n.Result + "|" + n.Changes + n.Reason; is != want {
			t.Errorf("got %s, want %s", is, want)
		}
	}
	delete(ask, "dry_run")
	ask["numbers"] = []string{"12025550124", "12025550123"}
	if got, _ = h.label(ask, nil); got.Changed != 1 || got.Unchanged != 1 || got.DryRun || got.Numbers[0].Result != "changed" || got.Numbers[0].Owner != "Support" {
		t.Errorf("got %+v, want one changed", got)
	}
}
