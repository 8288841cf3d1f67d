package app

import (
	"net/url"
	"strings"

	"didops/internal/config"
	"didops/internal/redact"
	"didops/internal/sipaddr"
)

// redactor returns what masks every secret of the configuration, and of the bearer tokens
// those that count at the moment.
func (a *app) redactor(c *config.Config) func() redact.Redactor {
	secrets := []string{c.Exchange.Key.Reveal(), c.Routing.SMPPContact.Reveal(), c.Discord.Token.Reveal(), c.Store.URL.Reveal()}
	for _, w := range c.Webhooks {
		for _, s := range []string{w.Secret.Reveal(), w.OldSecret.Reveal()} {
			secrets = append(secrets, s, strings.TrimPrefix(s, "whsec_"))
		}
	}
	if smpp, ok := sipaddr.Parse(sipaddr.SMPP, c.Routing.SMPPContact.Reveal()); ok {
		secrets = append(secrets, smpp.Password)
	}
	if u, err := url.Parse(c.Store.URL.Reveal()); err == nil && u.User != nil {
		if password, ok := u.User.Password(); ok {
			secrets = append(secrets, password)
		}
	}
	return func() redact.Redactor {
		var digests []string
		for _, client := range a.active.Load().HTTP.Clients {
			digests = append(digests, client.TokenSHA256)
		}
		for _, calendar := range a.active.Load().HTTP.Calendars {
			digests = append(digests, calendar.TokenSHA256)
		}
		return redact.New(secrets, digests)
	}
}
