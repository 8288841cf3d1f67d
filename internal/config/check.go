package config

import (
	"slices"
	"strconv"
	"strings"
)

// check applies the rules between keys, but for sections in which a key by
// itself is wrong already: what follows from that would only confuse.
func (l *loader) check() {
	for _, part := range []struct {
		section string
		rules   func()
	}{{"exchange", l.checkExchange}, {"people", l.checkPeople}, {"http", l.checkHTTP}, {"discord", l.checkDiscord}, {"digest", l.checkDigest}, {"webhooks", l.checkWebhooks}, {"web", l.checkWeb}, {"approval", l.checkRules}} {
		if !l.faulty(part.section) {
			part.rules()
		}
	}
}

// faulty reports whether something is wrong already under one of some names.
func (l *loader) faulty(sections ...string) bool {
	return slices.ContainsFunc(l.problems, func(p problem) bool {
		return slices.ContainsFunc(sections, func(section string) bool { return strings.HasPrefix(p.key, section) })
	})
}

func (l *loader) checkDiscord() {
	l.need("discord.public_key", l.cfg.Discord.PublicKey == "" || l.cfg.HTTP.Listen != "", "needs http.listen, where the interactions arrive")
	for _, role := range l.cfg.Discord.NotifyRoles {
		l.need("discord.notify_roles", slices.Contains(l.cfg.Discord.ApproverRoles, role), "names a role that is none of discord.approver_roles: nobody is called who can't decide")
	}
}

func (l *loader) checkDigest() {
	d := l.cfg.Digest
	l.need("digest.at", d.At == "" || d.Channel != "", "needs digest.channel, where the page is told")
	l.need("digest.channel", d.Channel == "" || l.cfg.Discord.Token.IsSet(), "needs discord.token, of the bot that tells it")
}

func (l *loader) checkExchange() {
	e := l.cfg.Exchange
	const why = "needs exchange.url: without one the built-in sandbox is used, which is probably not meant"
	url, _ := l.setting("exchange.url")
	switch {
	case !l.cfg.Sandbox():
		l.need("exchange.url", e.Login != "", "needs exchange.api_login")
		l.need("exchange.url", e.Key.IsSet(), "needs exchange.api_key")
	case url.Value == "":
		l.need("exchange.api_login", e.Login == "", why)
		l.need("exchange.api_key", !e.Key.IsSet(), why)
	}
}

func (l *loader) checkPeople() {
	seen := map[string]string{}
	for i, p := range l.cfg.People {
		path := element("people", i)
		l.need(path, p.Name != "", "needs a name")
		l.need(path, p.OS != "" || p.Discord != "" || p.HTTP != "" || l.cfg.Web.URL != "", "needs at least one of os, discord and http")
		l.unique(seen, path, []pair{{"name", p.Name}, {"os", p.OS}, {"discord", p.Discord}, {"http", p.HTTP}, {"oidc", p.OIDC.line()}})
	}
}

func (l *loader) checkHTTP() {
	h := l.cfg.HTTP
	l.need("http.tls_cert", h.TLSCert == "" || h.TLSKey != "", "needs http.tls_key")
	l.need("http.tls_key", h.TLSKey == "" || h.TLSCert != "", "needs http.tls_cert")
	same := h.Listen != "" && h.Listen == h.AdminListen && !strings.HasSuffix(h.Listen, ":0")
	l.need("http.admin_listen", !same, "must differ from http.listen")
	l.need("http.oauth.issuer", h.OAuth.Issuer == "" || h.OAuth.Audience != "", "needs http.oauth.audience")
	l.need("http.oauth.audience", h.OAuth.Audience == "" || h.OAuth.Issuer != "", "needs http.oauth.issuer")
	seen := map[string]string{}
	for i, c := range h.Clients {
		path := element("http.clients", i)
		l.need(path, c.Name != "", "needs a name")
		l.need(path, c.TokenSHA256 != "", "needs a token_sha256")
		l.unique(seen, path, []pair{{"name", c.Name}, {"token_sha256", c.TokenSHA256}})
	}
	names := map[string]string{}
	for i, c := range h.Calendars {
		path := element("http.calendars", i)
		l.need(path, c.Name != "", "needs a name")
		l.need(path, c.TokenSHA256 != "", "needs a token_sha256")
		l.unique(names, path, []pair{{"name", c.Name}})
		l.unique(seen, path, []pair{{"token_sha256", c.TokenSHA256}}) // what stands in addresses opens nothing else
	}
}

type pair struct{ key, value string }

// unique refuses a value that an earlier element has under the same key.
func (l *loader) unique(seen map[string]string, path string, pairs []pair) {
	for _, p := range pairs {
		if p.value == "" {
			continue
		}
		id := p.key + " " + p.value
		if earlier, twice := seen[id]; twice {
			l.bad(path+"."+p.key, "is already that of "+earlier+l.onLine(earlier+"."+p.key))
			continue
		}
		seen[id] = path
	}
}

func (l *loader) onLine(path string) string {
	if row := l.doc.lines[path]; row > 0 {
		return " on line " + strconv.Itoa(row)
	}
	return ""
}

// need reports a rule that does not hold, at the place the value came from.
func (l *loader) need(path string, holds bool, rule string) {
	if holds {
		return
	}
	if found, ok := l.setting(path); ok && found.env != "" {
		l.problems = append(l.problems, fromEnv(found.env, path, rule))
		return
	} else if ok && found.file {
		path += "_file"
	}
	l.bad(path, rule)
}

func (l *loader) setting(path string) (Setting, bool) {
	i, ok := l.at[path]
	if !ok {
		return Setting{}, false
	}
	return l.cfg.settings[i], true
}
