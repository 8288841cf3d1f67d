package app

import (
	"context"
	"fmt"
	"strings"

	"didops/internal/config"
	"didops/internal/identity"
	"didops/internal/proof"
)

// routing checks what a purchase needs besides a number.
func (e *doctor) routing(c *config.Config) {
	switch {
	case c.Routing.Contact != "":
		e.ok("routing", "calls go to %s", c.Routing.Contact)
	case e.sandbox:
		e.ok("routing", "calls go nowhere real")
	default:
		e.warn("routing", `set [routing] contact = "sip:{number}@sip.example.net:5060"`, "no template says where calls of a bought number go")
	}
	if !e.sandbox && c.Exchange.BillingAccount == 0 {
		e.warn("account", "set [exchange] billing_account to an id of the Accounts page of the exchange's portal", "no account is set that purchases are billed to")
	}
}

// orders checks where orders are kept and who may approve them, and says what
// the approval can't hold against.
func (e *doctor) orders(ctx context.Context, c *config.Config) {
	e.kept(ctx, c)
	a := c.Approval
	who := e.person(ctx)
	switch ways := approvalWays(c); {
	case len(ways) == 0:
		e.warn("approval", `set [approval] terminal = "on"`, "nobody can approve anything")
	case !policyOf(c, who.ID).Approvable(identity.Party{Realm: who.Realm, ID: who.ID, Name: who.Name}):
		e.warn("approval", "name who is who under [[people]], or change requester_may_approve and approvals_needed under [approval]",
			"what %s asks for could not be approved by enough people: %s", who.Name, strings.Join(ways, "; "))
	default:
		e.ok("approval", "%s", strings.Join(ways, "; "))
	}
	if a.Elicitation == config.ElicitEverything {
		e.warn("dialogs", `set [approval] elicitation = "within_limit"`, "an assistant's client can answer dialogs by itself, and nothing bounds what they approve")
	}
	const boundary = "approvals hold against what comes over MCP and Discord, not against a program that runs as this user: it can read the key and the store"
	if !e.sandbox && e.agent() != "" {
		e.warn("boundary", "run didops serve under another account and let the assistant come by HTTP", "this is an assistant's shell (%s is set); %s", e.agent(), boundary)
		return
	}
	e.ok("boundary", "%s", boundary)
}

// approvalWays says where an order may be approved.
func approvalWays(c *config.Config) []string {
	a := c.Approval
	var ways []string
	if a.Terminal {
		ways = append(ways, "a person at the terminal")
	}
	if discordApproves(c) {
		ways = append(ways, "an approver on Discord")
	}
	if len(pageApprovers(c)) > 0 {
		ways = append(ways, "an approver on the page at "+c.Web.URL)
	}
	if a.Needed > 1 || !a.RequesterMayApprove {
		return ways // the requester answers dialogs, alone
	}
	switch a.Elicitation {
	case config.ElicitWithinLimit:
		ways = append(ways, fmt.Sprintf("the dialog of an assistant for purchases up to %s, and %s a day", a.ElicitationLimit, a.ElicitationDayLimit))
	case config.ElicitEverything:
		ways = append(ways, "the dialog of an assistant, for everything")
	case config.ElicitNothing:
	}
	return ways
}

// kept checks the store.
func (e *doctor) kept(ctx context.Context, c *config.Config) {
	s, err := e.openStore(c)
	if err != nil {
		e.fail("store", err)
		return
	}
	report, err := s.Check(ctx)
	if err != nil {
		e.fail("store", err)
		return
	}
	e.ok("store", "orders and audit trail are kept in %s", report.Place)
	for _, d := range report.Doubts {
		e.warn("store", d.Remedy, "%s", d.Finding)
	}
	e.others(c, report.Exchanges)
	e.proof(ctx, c)
}

// proof checks what signs the audit trail. That there is none yet is fine: it is
// made when it is needed.
func (e *doctor) proof(ctx context.Context, c *config.Config) {
	path, err := e.keyFile(c)
	if err != nil {
		return // the store is told already
	}
	if path == "" {
		e.warn("proof", "name a file in [audit] key_file, the same key for every didops that shares the store",
			"heads of the audit trail are not signed, so nobody else can check it: a store in PostgreSQL has no place for the key")
		return
	}
	if err := e.signs(ctx, c); err != nil {
		e.fail("proof", err)
		return
	}
	if proof.OpenToOthers(path) {
		e.warn("proof", "chmod 600 "+path, "%s", openKey(path))
	}
}

// others tells of orders of the same login at another address: one account of
// the exchange may be reached by several, and each has limits and open orders
// of its own here.
func (e *doctor) others(c *config.Config, exchanges []string) {
	if e.sandbox {
		return
	}
	for _, other := range exchanges {
		url, login, found := strings.Cut(other, " ")
		if found && login == c.Exchange.Login && other != exchangeOf(c) {
			e.warn("store", "use one address for one account, and let the open orders of the other end first",
				"it also has orders of %s as %s: if that is the same account as at %s, its limits, open orders and purchases are counted apart",
				url, login, c.Exchange.URL)
		}
	}
}
