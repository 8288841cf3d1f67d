package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/openid"
	"didops/internal/order"
	"didops/internal/view"
)

// web checks who can sign in and decide on the page, as rules need it. Nothing is
// made for it: neither a key nor a store.
func (e *doctor) web(ctx context.Context, c *config.Config) {
	policy := policyOf(c, e.person(ctx).ID)
	e.powerless(policy)
	if c.Web.URL == "" {
		return
	}
	kept, err := e.openStore(c)
	if err != nil {
		return // said of the store
	}
	holders := map[string]bool{}
	passkeys, err := e.passkeysOf(c, kept)
	if err == nil && passkeys != nil {
		holders, err = passkeys.Holders(ctx)
	}
	if err != nil {
		e.fail("page", err)
		return
	}
	before := len(e.checks)
	e.signIn(ctx, c, holders)
	e.unsigned(policy, holders)
	if len(e.checks) == before {
		e.ok("page", "%s; people with a passkey: %s", c.Web.URL, cmp.Or(strings.Join(slices.Sorted(maps.Keys(holders)), ", "), "none"))
	}
}

// powerless tells of people whom rules name and who can decide nowhere.
func (e *doctor) powerless(policy order.Policy) {
	named := policy.Powerless()
	for _, rule := range slices.Sorted(maps.Keys(named)) {
		e.warn("rules", "give them an id under [[people]] where orders are decided, or the role approver of the page",
			"rule %s names people who can't decide what it is about anywhere: %s", view.Quoted(rule), strings.Join(named[rule], ", "))
	}
}

// signIn tells of an issuer that can't be asked, and of approvers who could not
// sign in.
func (e *doctor) signIn(ctx context.Context, c *config.Config, holders map[string]bool) {
	if c.Web.Issuer != "" {
		issuer := openid.New(openid.Config{Issuer: c.Web.Issuer, ClientID: c.Web.ClientID, Redirect: c.Web.URL, Now: e.Now})
		if _, _, err := issuer.Begin(ctx); err != nil {
			e.fail("page", fault.New(fault.Unavailable, "%s can't be asked, by which people sign in on the page", c.Web.Issuer).
				WithHint("see whether this machine reaches it, and whether [web] oidc_issuer is spelled as it spells itself").WithCause(err))
		}
	}
	var locked []string
	approvers := 0
	for _, p := range pagePeople(c) {
		if p.Role < identity.Approver {
			continue
		}
		approvers++
		if !holders[p.Name] && (c.Web.Issuer == "" || p.Subject == "") {
			locked = append(locked, p.Name)
		}
	}
	switch {
	case approvers == 0:
		e.warn("page", `give somebody under [[people]] roles = ["approver"]`, "nobody has the role to decide orders on the page at %s", c.Web.URL)
	case len(locked) > 0:
		e.warn("page", "make each a link: didops passkeys enrol "+locked[0], "these people may decide orders on the page and can't sign in there yet: %s",
			strings.Join(locked, ", "))
	}
}

// unsigned tells of passkeys that rules want and people do not have.
func (e *doctor) unsigned(policy order.Policy, holders map[string]bool) {
	var lacking []string
	for _, name := range policy.Signers(e.Now()) {
		if !holders[name] {
			lacking = append(lacking, name)
		}
	}
	if rules := policy.Unsigned(e.Now(), holders); len(rules) > 0 {
		e.warn("passkeys", "make each a link: didops passkeys enrol "+lacking[0],
			"what rule %s is about is not taken: it needs passkeys, and too few of those who count have one (%s)",
			strings.Join(view.QuotedAll(rules), " and "), strings.Join(lacking, ", "))
	} else if len(lacking) > 0 {
		e.warn("passkeys", "make each a link: didops passkeys enrol "+lacking[0],
			"rules want passkeys, and these people have none: %s", strings.Join(lacking, ", "))
	}
}

// warnOfPasskeys tells, in the log of what serves, of rules that want passkeys
// which too few people have.
func (a *app) warnOfPasskeys(ctx context.Context, c *config.Config) {
	if a.passkeys == nil {
		return
	}
	holders, err := a.passkeys.Holders(ctx)
	if err != nil {
		return // told by whoever needs the store
	}
	if rules := policyOf(c, a.person(ctx).ID).Unsigned(a.Now(), holders); len(rules) > 0 {
		log := a.log()
		log.Warn().Strs("rules", rules).
			Msg("these rules need passkeys that too few people have: what they are about is not taken until people are enrolled; see didops doctor")
	}
}
