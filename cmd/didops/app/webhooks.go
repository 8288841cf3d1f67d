package app

import (
	"context"
	"strings"

	"didops/internal/audit"
	"didops/internal/config"
	"didops/internal/notify"
	"didops/internal/webhook"
)

// receiver returns the client of one that is configured.
func (a *app) receiver(w config.Webhook) (*webhook.Client, error) {
	made := webhook.Config{URL: w.URL, Private: w.Private, Agent: "didops/" + a.release(), Now: a.Now}
	for _, text := range []config.Secret{w.Secret, w.OldSecret} {
		if !text.IsSet() {
			continue
		}
		secret, err := webhook.ParseSecret(text.Reveal())
		if err != nil {
			return nil, invalid("webhooks", "the secret of the webhook %s %v", w.Name, err)
		}
		made.Secrets = append(made.Secrets, secret)
	}
	return webhook.New(made)
}

// settingsOf returns what changes when the settings of a receiver do.
func settingsOf(w config.Webhook) (string, error) {
	secret, err := webhook.ParseSecret(w.Secret.Reveal())
	if err != nil {
		return "", err
	}
	var private []string
	for _, p := range w.Private {
		private = append(private, p.String())
	}
	return secret.Fingerprint(w.URL, strings.Join(w.Events, " "), strings.Join(private, " ")), nil
}

// notifying returns who tells receivers what happens. It opens nothing until it
// runs.
func (a *app) notifying(c *config.Config) (*notify.Service, error) {
	made := notify.Config{
		Store: a.books.Webhooks(), Leases: a.books.Leases(), Exchange: exchangeOf(c), Sandbox: c.Sandbox(),
		Head: a.books.Audit().Head, Now: a.Now, Log: a.ordersLog(),
	}
	if a.engine != nil {
		made.Told, made.Changed = func(e audit.Entry) audit.Entry { return a.engine.Told(e) }, a.engine.Feed().Changed
	}
	for _, w := range c.Webhooks {
		client, err := a.receiver(w)
		if err != nil {
			return nil, err
		}
		settings, err := settingsOf(w)
		if err != nil {
			return nil, err
		}
		made.Targets = append(made.Targets, notify.Target{Name: w.Name, Settings: settings, Events: w.Events, Client: client})
		a.closes(func() error { client.Close(); return nil })
	}
	return notify.New(made), nil
}

// addWebhooks has receivers told what happens, for as long as it is served.
func (a *app) addWebhooks(ctx context.Context, s *service, c *config.Config) error {
	told, err := a.notifying(c)
	if err != nil {
		return err
	}
	if len(c.Webhooks) > 0 {
		a.metrics.Webhooks(told.Standings)
	}
	told.Register(ctx) // before anything can be asked for here
	s.runs = append(s.runs, told.Run)
	return nil
}
