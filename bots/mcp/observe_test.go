package mcp_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"didops/bots/mcp"
)

// TestRefusalsAreTold holds what metrics are made of.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	var got []int
	h := handler(t, newHarness(t).server(t, nop()), mcp.HTTP{
		Clients: twoClients(), RequestsPerMinute: 4, Refused: func(status int) { got = append(got, status) },
	})
	serve(h, post(initialize))                                                                     // no token
	serve(h, post(initialize, "Host", "attacker.example"))                                         // another host
	serve(h, bodyless(http.MethodPut))                                                             // another method
	serve(h, post(initialize, "Authorization", "Bearer wrong"))                                    // a wrong token
	serve(h, post("{", "Authorization", "Bearer "+teamToken))                                      // no JSON
	begin(t, h, "Authorization", "Bearer "+teamToken)                                              // served
	begin(t, h, "Authorization", "Bearer "+guestToken)                                             // served
	begin(t, h, "Authorization", "Bearer "+teamToken)                                              // served
	serve(h, post(string(bytes.Repeat([]byte("x"), 8<<20)), "Authorization", "Bearer "+teamToken)) // too long
	serve(h, post(initialize, "Authorization", "Bearer "+teamToken))                               // too many
	if diff := cmp.Diff([]int{401, 403, 405, 401, 400, 413, 429}, got); diff != "" {
		t.Errorf("the refusals differ (-want +got):\n%s", diff)
	}
}
