package did_test

import (
	"slices"
	"strings"
	"testing"

	"didops/internal/exchange"
	"didops/internal/exchange/sandbox"
	"didops/internal/fault"
	"didops/internal/money"
	"didops/internal/order"
)

// TestBoughtAsQuoted buys numbers of every kind: what the market leaves out or
// states otherwise than the list of own numbers is no difference.
func TestBoughtAsQuoted(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 3000}})
	kinds := map[string]exchange.Offer{}
	for _, of := range o.offers() {
		if of.ID == "" {
			continue
		}
		kind := of.Type + strings.Join(featuresOf(of), "") + of.Vendor
		if !of.PriceN.Known() || of.Capacity == nil || of.DocumentsUnstated {
			kind = "gap in " + of.Vendor
		}
		kinds[kind] = of
	}
	n := 0
	for kind, of := range kinds {
		if n++; n > 60 {
			break
		}
		l := o.quote("purchase", args{"numbers": plus(of)}, shell).Lines[0]
		if err := o.deals["purchase"].Send(t.Context(), l); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		found, err := o.deals["purchase"].Reconcile(t.Context(), l)
		if err != nil || found.Verdict != order.Confirmed || len(found.Differs) > 0 || found.Due.Cmp(l.DueNow) != 0 {
			t.Errorf("%s: got %+v (%s), %v", kind, found, found.Differs, err)
		}
	}
	if n < 20 {
		t.Errorf("only %d kinds of numbers were bought", n)
	}
}

func featuresOf(of exchange.Offer) []string {
	var list []string
	for name, has := range map[string]bool{"v": of.Voice, "s": of.SMS, "f": of.Fax, "d": of.Video} {
		if has {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// TestNotAsQuoted carries out something else than was quoted, and holds what is
// told of it.
func TestNotAsQuoted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, kind string
		fault      string
		verdict    order.Verdict
		fields     []string
		says       string
	}{
		{"the price moved at the last moment", "purchase", "purchase:price percent=300", order.Confirmed, []string{"monthly_fee"}, ""},
		{"the price fell", "purchase", "purchase:price monthly_fee=0.01", order.Confirmed, []string{"monthly_fee"}, "monthly_fee is 0.01"},
		{"calls go elsewhere", "purchase", "purchase:elsewhere", order.Confirmed, []string{"contact"}, "contact is sip:"},
		{"nothing was bought", "purchase", "purchase:nothing", order.Refuted, nil, ""},
		{"another was bought", "purchase", "purchase:other", order.Refuted, nil, ""},
		{"the routing stayed", "update", "update:nothing", order.Refuted, nil, ""},
		{"half of the routing stayed", "update", "update:half", order.Altered, []string{"smpp_contact"}, "smpp_contact is smpp:"},
		{"routed elsewhere", "update", "update:elsewhere text=sip.evil.example", order.Altered, []string{"contact"}, "@sip.evil.example:5060"},
		{"still ours", "unsubscribe", "unsubscribe:nothing", order.Refuted, nil, "still in the list"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 1000}})
			of := o.forSale(1, both)[0]
			a := args{"numbers": plus(of)}
			if tt.kind != "purchase" {
				number := o.buy(of)
				if tt.kind == "update" {
					a = updateOf(number, "sip:new@sip.example.net:5060", "smpp:login:"+givenPassword+":1@smpp.example.net:2776")
				}
			}
			l := o.quote(tt.kind, a, shell).Lines[0]
			f, err := sandbox.ParseFault(tt.fault)
			if err != nil {
				t.Fatal(err)
			}
			o.sandbox.Script(f)
			if err := o.deals[tt.kind].Send(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			found, err := o.deals[tt.kind].Reconcile(t.Context(), l)
			if err != nil || found.Verdict != tt.verdict {
				t.Fatalf("got %+v, %v; want the verdict %d", found, err, tt.verdict)
			}
			var fields []string
			for field := range found.Differs {
				fields = append(fields, field)
			}
			text := found.Why + " " + found.Differs.String()
			if !slices.Equal(fields, tt.fields) || !strings.Contains(text, tt.says) {
				t.Errorf("got %q, want %v and %q in it", text, tt.fields, tt.says)
			}
			o.holdsNoSecret("difference", text)
			if strings.Contains(tt.fault, "percent=300") {
				fee := money.MustParse(l.Fact("monthly_fee"))
				if want := fee.Times(3).Add(l.SetupFee); found.Due.Cmp(want) != 0 {
					t.Errorf("got %s due, want %s", found.Due, want)
				}
			}
		})
	}
}

func updateOf(number, contact, smpp string) args {
	return args{"numbers": []string{number}, "contact": contact, "smpp_contact": smpp}
}

// TestTheSamePlaceIsNoDifference spells the host of an own number otherwise
// than it was asked for.
func TestTheSamePlaceIsNoDifference(t *testing.T) {
	t.Parallel()
	o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
	of := o.forSale(1, voiceOnly)[0]
	l := o.quote("purchase", args{"numbers": plus(of)}, shell).Lines[0]
	o.buy(of)
	for address, want := range map[string]string{
		"sip:" + of.Digits + "@SIP.Example.NET:5060":          "",
		"SIP:" + of.Digits + "@sip.example.net":               "",
		"sip:" + of.Digits + "@sip.example.net;transport=tls": "contact is sip:" + of.Digits + "@sip.example.net;transport=tls, quoted sip:" + of.Digits + "@sip.example.net:5060",
		"sip:" + of.Digits + "@sip.example.net:5061":          "contact is sip:" + of.Digits + "@sip.example.net:5061, quoted sip:" + of.Digits + "@sip.example.net:5060",
		"": "contact is not stated, quoted sip:" + of.Digits + "@sip.example.net:5060",
	} {
		other := o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
			for i := range rows {
				rows[i].Contact = address
			}
			return rows
		})
		found, err := other.deals["purchase"].Reconcile(t.Context(), l)
		if err != nil || found.Verdict != order.Confirmed || found.Differs.String() != want {
			t.Errorf("%q: got %+v (%s), %v; want %q", address, found, found.Differs, err, want)
		}
	}
}

// TestTheUsualPortIsNoDifference: an exchange that adds the usual port to an
// address has done what was asked for, has not changed anything between quote
// and send, and has nothing to change.
func TestTheUsualPortIsNoDifference(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ asked, shown, elsewhere string }{
		{"sip:desk@sip.example.net", "sip:desk@sip.example.net:5060", "sip:desk@sip.example.net:5061"},
		{"sip:desk@sip.example.net:5060", "sip:desk@SIP.example.net", "sip:desk@sip.example.net;transport=tcp"},
		{"sips:desk@sip.example.net", "sips:desk@sip.example.net:5061", "sips:desk@sip.example.net:5060"},
		{"sip:desk@sip.example.net;transport=tls", "sip:desk@sip.example.net:5061;transport=tls", "sip:desk@sip.example.net:5060;transport=tls"},
		{"sip:desk@sip.example.net;user=phone;transport=tcp", "sip:desk@sip.example.net:5060;transport=tcp;user=phone", "sip:desk@sip.example.net:5060;user=phone"},
		{"sip:desk@[2001:db8::1]", "sip:desk@[2001:DB8:0::1]:5060", "sip:desk@[2001:db8::2]:5060"},
	} {
		t.Run(tt.asked, func(t *testing.T) {
			t.Parallel()
			o := openOrders(t, setup{sandbox: sandbox.Options{Numbers: 300}})
			number := o.buy(o.forSale(1, voiceOnly)[0])
			showing := func(address string) *orderHarness {
				return o.withOwned(func(rows []exchange.Owned) []exchange.Owned {
					for i := range rows {
						rows[i].Contact = address
					}
					return rows
				})
			}
			update := o.quote("update", args{"numbers": []string{number}, "contact": tt.asked}, shell).Lines[0]
			for address, want := range map[string]order.Verdict{tt.shown: order.Confirmed, tt.elsewhere: order.Altered} {
				found, err := showing(address).deals["update"].Reconcile(t.Context(), update)
				if err != nil || found.Verdict != want || (len(found.Differs) == 0) != (want == order.Confirmed) {
					t.Errorf("%s: got %+v, %v; want the verdict %d", address, found, err, want)
				}
			}
			away := showing(tt.asked).quote("unsubscribe", args{"numbers": []string{number}}, shell).Lines[0]
			for address, same := range map[string]bool{tt.shown: true, tt.elsewhere: false} {
				now, err := showing(address).deals["unsubscribe"].Requote(t.Context(), away)
				if is := now.Fact("present_contact") == away.Fact("present_contact"); err != nil || is != same {
					t.Errorf("%s: read again as %q, %v; want the same: %v", address, now.Fact("present_contact"), err, same)
				}
			}
			f := showing(tt.shown).turnedDown("update", args{"numbers": []string{number}, "contact": tt.asked}, shell)
			if f.Code != fault.Conflict || !strings.Contains(f.Message, "routed like that already") {
				t.Errorf("got %v, want a conflict", f)
			}
		})
	}
}
