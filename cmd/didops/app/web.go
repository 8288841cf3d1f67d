package app

import (
	"net/http"
	"slices"
	"strings"

	"didops/bots/web"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/identity"
	"didops/internal/openid"
	"didops/internal/signin"
	"didops/tools"
)

// addWeb serves the page, if there is one.
func (a *app) addWeb(c *config.Config, gate *tools.Gate, mux *http.ServeMux) error {
	if c.Web.URL == "" {
		return nil
	}
	feed := a.engine.Feed()
	made := web.Config{
		Gate: gate.Through(identity.FrontWeb), URL: c.Web.URL, Sessions: signin.New(a.kept.PageSessions(), c.Web.Session, a.Now),
		People: func() []web.Person { return pagePeople(a.active.Load()) }, Issuer: c.Web.Issuer, News: feed.News, Head: feed.Head,
		RequestsPerMinute: c.HTTP.RequestsPerMinute, Refused: a.metrics.HTTPRefused, Now: a.Now, Log: a.log(),
	}
	if c.Web.Issuer != "" {
		made.OpenID = openid.New(openid.Config{
			Issuer: c.Web.Issuer, ClientID: c.Web.ClientID, Secret: c.Web.ClientSecret.Reveal(), Redirect: c.Web.URL + web.Callback, Now: a.Now,
		})
	}
	if a.passkeys != nil {
		made.Passkeys = a.passkeys
	}
	page, err := web.New(made)
	if err != nil {
		return fault.New(fault.Invalid, "%v", err).WithField("web")
	}
	for _, pattern := range page.Patterns() {
		mux.Handle(pattern, page)
	}
	return nil
}

// pagePeople are the people of the configuration as the page knows them. Who has
// no role there may not sign in. A subject is one of the issuer that the page was
// started with: people are taken over while it runs, the issuer is not.
func pagePeople(c *config.Config) []web.Person {
	list := make([]web.Person, 0, len(c.People))
	for _, p := range c.People {
		person := web.Person{Name: p.Name, Role: pageRole(p.Roles), Groups: p.Roles}
		if p.OIDC.Issuer == c.Web.Issuer {
			person.Subject = p.OIDC.ID
		}
		list = append(list, person)
	}
	return list
}

// pageRole is the highest role of those that names of roles stand for.
func pageRole(names []string) identity.Role {
	for _, role := range []identity.Role{identity.Approver, identity.Requester, identity.Reader} {
		if slices.Contains(names, role.String()) {
			return role
		}
	}
	return 0
}

// pageApprovers are the names of those who may approve on the page; nil where
// there is none.
func pageApprovers(c *config.Config) []string {
	if c.Web.URL == "" {
		return nil
	}
	list := []string{}
	for _, p := range pagePeople(c) {
		if p.Role >= identity.Approver {
			list = append(list, p.Name)
		}
	}
	return list
}

// soundWeb refuses a page at an address under which something else is served, or
// that browsers would not reach.
func soundWeb(c *config.Config) error {
	if c.HTTP.TLSCert == "" || !strings.HasPrefix(c.Web.URL, "http:") {
		return nil
	}
	return fault.New(fault.Invalid, "the page is at an http address, and [http] tls_cert has everything served with TLS").WithField("web.url").
		WithHint("make it https")
}
