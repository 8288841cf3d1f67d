package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"didops/internal/didyoumean"
	"didops/internal/notify"
	"didops/internal/webhook"
)

func webhookKeys(w *Webhook) []key {
	return []key{
		{name: "name", initial: "", example: "ops", doc: "name of a receiver that is told what happens; required", set: into(&w.Name, optional(clientName))},
		{
			name: "url", initial: "", example: "https://hooks.example.net/didops", note: "https; http only to addresses in private",
			doc: "where it is: https, or http to addresses in private; required", set: into(&w.URL, optional(receiverURL)),
		},
		{
			name: "secret", initial: "", example: "whsec_…", secret: true, note: "yours; or secret_file",
			doc: `signs what it is told: "whsec_" and the base64 of 24 to 64 random bytes; secret_file; required`, set: into(&w.Secret, webhookSecret),
		},
		{name: "old_secret", initial: "", secret: true, note: "signs too, while the receiver changes over", doc: "signs too, while the receiver changes over to another secret; old_secret_file", set: into(&w.OldSecret, webhookSecret)},
		{name: "events", initial: none(), note: "types; [] = all", doc: "types of events that it is told, such as \"order.requested\"; [] = all", set: into(&w.Events, each(eventType))},
		{name: "private", initial: none(), note: "ranges that are not public and where it may be", doc: `ranges of addresses that are not public, where it may be, such as "10.0.0.0/8"; [] = none`, set: into(&w.Private, each(addressRange))},
	}
}

// receiverURL reads the address of a receiver. It may have a query.
func receiverURL(value any) (string, string) {
	return text(value, func(s string) bool {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || strings.HasSuffix(s, "#") {
			return false
		}
		return (u.Scheme == "https" || u.Scheme == "http") && goodHost(u.Hostname()) && (u.Port() == "" || goodPort(u.Port(), 1))
	}, "must be an address such as https://hooks.example.net/didops, without user and password")
}

// webhookSecret reads a secret, without ever repeating it.
func webhookSecret(value any) (Secret, string) {
	s, problem := secretLine(value)
	if problem != "" || !s.IsSet() {
		return s, problem
	}
	if _, err := webhook.ParseSecret(s.Reveal()); err != nil {
		return Secret{}, err.Error()
	}
	return s, ""
}

func eventType(value any) (string, string) {
	s, problem := line(64)(value)
	if problem != "" {
		return "", problem
	}
	if !slices.Contains(notify.Types(), s) {
		if near := didyoumean.Words(s, notify.Types()); len(near) > 0 {
			return "", "must be a type of events" + didyoumean.Clause(near)
		}
		return "", "must be a type of events: " + strings.Join(notify.Types(), ", ")
	}
	return s, ""
}

// The shortest prefixes of ranges that are not public: 10.0.0.0/8 and fc00::/7.
const (
	widest4 = 8
	widest6 = 7
)

// addressRange reads a range of addresses as its first one and the length of
// what they have in common.
func addressRange(value any) (netip.Prefix, string) {
	s, problem := line(64)(value)
	if problem != "" {
		return netip.Prefix{}, problem
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || p.Addr().Is4In6():
		return netip.Prefix{}, `must be a range of addresses such as "10.0.0.0/8", or "192.0.2.7/32" for one`
	case p.Masked() != p:
		return netip.Prefix{}, "must begin with its first address, here " + p.Masked().String()
	case p.Addr().Is4() && p.Bits() < widest4 || p.Addr().Is6() && p.Bits() < widest6:
		return netip.Prefix{}, "must not be wider than /8, or /7 of IPv6: it would let everything be reached"
	}
	return p, ""
}

func (l *loader) checkWebhooks() {
	seen := map[string]string{}
	for i, w := range l.cfg.Webhooks {
		path := element("webhooks", i)
		l.need(path, w.Name != "", "needs a name")
		l.need(path, w.URL != "", "needs a url")
		l.need(path, w.Secret.IsSet(), "needs a secret or a secret_file")
		l.need(path+".old_secret", !w.OldSecret.IsSet() || w.OldSecret.Reveal() != w.Secret.Reveal(), "must be another than secret")
		l.unique(seen, path, []pair{{"name", w.Name}})
		u, err := url.Parse(w.URL)
		if err != nil || w.URL == "" {
			continue
		}
		there := webhook.Check(u, w.Private) == nil
		l.need(path+".url", u.Scheme == "https" || there && len(w.Private) > 0, "must be https: http is for addresses in private alone")
		l.need(path+".url", u.Scheme == "http" || there, "is at an address that is not public, and not in private")
	}
}
