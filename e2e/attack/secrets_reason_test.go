package attack_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"didops/e2e/harness"
)

// slips are reasons that hold a secret: one that is configured, or one that
// only its shape gives away.
func slips() []string {
	return []string{
		markedSMPP, "the password is marked-password, as agreed", "MARKED-PASSWORD", "m a r k e d - p a s s w o r d",
		"key " + markedKey, "key " + url.QueryEscape(markedKey), "bearer " + markedBearer,
		markedGiven, "smpp%3Aother%3Amarked-slip%3A1%40smpp.example.net", "password=marked-slip", "pwd: marked-slip", `{"api_key":"marked-slip"}`,
		"Authorization: Bearer marked-slip", "https://alice:marked-slip@api.example.net", "alice:marked-slip@smpp.example.net",
		strings.Repeat("long ", 38) + "password=marked-slip", // cut in the middle of it
	}
}

// TestSecretsInTheReason gives secrets as reason, in every way that there is
// to give one, and looks for them in everything that is kept and shown.
func TestSecretsInTheReason(t *testing.T) {
	t.Parallel()
	o := newLeaky(t, misbehaviour{honest: true, commits: true}, time.Minute)
	lots := o.texting(t)
	c := o.Assistant(t, true, harness.Approve)
	for i, reason := range slips() {
		of := lots[i]
		switch i % 3 {
		case 0:
			o.does(t, "y", "did", "purchase", of.Number, "--log-level", "trace", "--reason", reason)
		case 1:
			a := o.hears(c, "did_purchase", `{`+harness.NumbersArg(of)+`,"reason":`+harness.Quote(reason)+`}`)
			if got := a.Order().State; got != "done" {
				t.Errorf("got %s, want it done", a.Raw)
			}
			o.hears(c, "order_get", `{"id":`+harness.Quote(a.Order().ID)+`}`)
		default:
			r := o.does(t, "", "did", "purchase", of.Number, "--json", "--reason", reason)
			o.does(t, "", "order", "reject", r.Order.ID, "--json", "--reason", reason)
		}
	}
	c.HangUp()
	o.looksAround(t)
	if kept := o.Shell(t, "audit", "export").Out; strings.Count(kept, "***") < len(slips()) || !strings.Contains(kept, "as agreed") {
		t.Errorf("got the trail %s, want every reason in it, without its secret", kept)
	}
	o.searched(t, 1)
	stored, err := os.ReadFile(o.storeFile())
	if err != nil || strings.Contains(string(stored), "marked-slip") {
		t.Errorf("got a secret that was given as reason in the store (%v)", err)
	}
}
