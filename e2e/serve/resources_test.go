package serve_test

import (
	"strings"
	"testing"

	"didops/e2e/harness"
)

// TestOrdersAndNumbersHaveAddresses lets an assistant of either era read what
// somebody mentions.
func TestOrdersAndNumbersHaveAddresses(t *testing.T) {
	t.Parallel()
	for _, modern := range []bool{false, true} {
		name := map[bool]string{false: "handshake", true: "stateless"}[modern]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := harness.NewTarget(t, "")
			lots := g.Lots(t, 2)
			g.Buy(t, lots[0])
			c := g.Assistant(t, modern, nil)
			id := c.Call("did_purchase", `{"numbers":["`+lots[1].Number+`"],"reason":"the office"}`).Result.Data.Order.ID
			for what, tt := range map[string]struct{ method, params, want string }{
				"the order":            {"resources/read", `"uri":"didops://order/` + id + `"`, "order approve " + id},
				"orders":               {"resources/list", "", `"didops://order/` + id + `"`},
				"templates":            {"resources/templates/list", "", `"didops://number/{e164}"`},
				"an order's beginning": {"completion/complete", `"ref":{"type":"ref/resource","uri":"didops://order/{id}"},"argument":{"name":"id","value":"o-"}`, `["` + id + `"]`},
				"own numbers":          {"completion/complete", `"ref":{"type":"ref/resource","uri":"didops://number/{e164}"},"argument":{"name":"e164","value":""}`, `["` + lots[0].Number + `"]`},
				"own, without a plus":  {"completion/complete", `"ref":{"type":"ref/resource","uri":"didops://number/{e164}"},"argument":{"name":"e164","value":"` + lots[0].Digits()[:4] + `"}`, `["` + lots[0].Digits() + `"]`},
				"a country":            {"completion/complete", `"ref":{"type":"ref/prompt","name":"find_numbers"},"argument":{"name":"country","value":"United Arab"}`, "United Arab Emirates"},
				"what waits":           {"prompts/get", `"name":"what_waits_for_me"`, "order_list"},
				"a prompt":             {"prompts/get", `"name":"find_numbers","arguments":{"country":"UAE","need":"SMS"}`, "in UAE. What I need: SMS."},
				"prompts":              {"prompts/list", "", "what_do_our_numbers_cost"},
			} {
				if got := c.Request(tt.method, tt.params); !strings.Contains(got.Raw, tt.want) {
					t.Errorf("%s: got %s, want %s in it", what, got.Raw, tt.want)
				}
			}
			for _, address := range []string{lots[0].Number, lots[0].Digits(), "%2B" + lots[0].Digits()} {
				got := c.Request("resources/read", `"uri":"didops://number/`+address+`"`)
				if !strings.Contains(got.Raw, lots[0].Number) || strings.Contains(got.Raw, "template-password") {
					t.Errorf("%s: got %s, want the number and no password", address, got.Raw)
				}
			}
			if got := c.Request("resources/read", `"uri":"didops://order/o-nosuch"`); got.Error.Code == 0 || strings.Contains(got.Raw, "contents") {
				t.Errorf("got %s, want an error", got.Raw)
			}
		})
	}
}
