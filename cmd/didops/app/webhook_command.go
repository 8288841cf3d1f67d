package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"didops/bots/shell"
	"didops/internal/config"
	"didops/internal/didyoumean"
	"didops/internal/fault"
	"didops/internal/notify"
	"didops/internal/sanitize"
	"didops/internal/view"
	"didops/internal/webhook"
)

func (a *app) webhookCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhook",
		Short: "Try the receivers that are told what happens",
		Long: "What happens to orders and numbers is told to the receivers under [[webhooks]] by didops serve, each event at " +
			"least once and in order. test sends one an event that tells of nothing; didops doctor says how they are told.",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "test [NAME]",
		Short: "Send an event of the type test to all receivers, or to one, and say what came of it",
		Long: "Send an event of the type test to all receivers, or to the one named, and say what it answered, how long that took " +
			"and what to do about it. One that had said that it wants no more (HTTP 410) is told again what waits for it once it says yes.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.testWebhooks(cmd.Context(), args) },
	})
	return cmd
}

// webhookReport is what "didops webhook test --json" prints.
type webhookReport struct {
	Sandbox  bool            `json:"sandbox"`
	Webhooks []webhookResult `json:"webhooks"`
	Summary  string          `json:"summary"`
}

// webhookResult is what came of a test of one receiver.
type webhookResult struct {
	Name    string `json:"name"`
	Host    string `json:"host"`
	OK      bool   `json:"ok"`
	ID      string `json:"id"`               // of the event
	Status  int    `json:"status,omitempty"` // of HTTP; missing: there was no answer
	Millis  int64  `json:"took_ms"`
	Message string `json:"message,omitempty"` // what is wrong
	Remedy  string `json:"remedy,omitempty"`

	kind webhook.Kind
}

func (a *app) testWebhooks(ctx context.Context, names []string) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	list, err := chosen(c, names)
	if err != nil {
		return err
	}
	report := webhookReport{Sandbox: c.Sandbox(), Webhooks: make([]webhookResult, 0, len(list))}
	for _, w := range list {
		r, err := a.testWebhook(ctx, c, w)
		if err != nil {
			return err
		}
		report.Webhooks = append(report.Webhooks, r)
	}
	failure := report.summed()
	if err := a.shows(report, report.doc()); err != nil {
		return err
	}
	return shell.Shown(failure)
}

// chosen returns the receivers that are named; all where none is.
func chosen(c *config.Config, names []string) ([]config.Webhook, error) {
	if len(c.Webhooks) == 0 {
		return nil, invalid("webhooks", "there is no webhook").WithHint("name a receiver with url and secret under [[webhooks]]")
	}
	if len(names) == 0 {
		return c.Webhooks, nil
	}
	var known []string
	for _, w := range c.Webhooks {
		if known = append(known, w.Name); w.Name == names[0] {
			return []config.Webhook{w}, nil
		}
	}
	err := invalid("name", "there is no webhook %q", sanitize.Clean(names[0], 64))
	if near := didyoumean.Words(names[0], known); len(near) > 0 {
		known = near
	}
	return nil, err.WithHint("%s", didyoumean.Question(known))
}

// testWebhook sends an event to one receiver. Where it says yes, it is told again
// what waits for it.
func (a *app) testWebhook(ctx context.Context, c *config.Config, w config.Webhook) (webhookResult, error) {
	client, err := a.receiver(w)
	if err != nil {
		return webhookResult{}, err
	}
	defer client.Close()
	id, body, err := notify.NewTest(c.Sandbox(), a.Now())
	if err != nil {
		return webhookResult{}, err
	}
	got := client.Send(ctx, id, body)
	if ctx.Err() != nil {
		return webhookResult{}, ctx.Err()
	}
	r := webhookResult{
		Name: w.Name, Host: client.Host(), OK: got.Kind == webhook.Delivered, ID: id, Status: got.Status, Millis: got.Took.Milliseconds(),
		Message: got.Why, Remedy: got.Remedy, kind: got.Kind,
	}
	log := a.ordersLog()
	log.Debug().AnErr("error", got.Err).Str("webhook", w.Name).Int("status", got.Status).Msg("a webhook was tried")
	if r.OK {
		if err := a.reopen(ctx, c, w.Name); err != nil {
			log.Warn().Err(err).Str("webhook", w.Name).Msg("whether it wants events again was not noted")
		}
	}
	return r, nil
}

// reopen has a receiver told again that had said that it wants no more.
func (a *app) reopen(ctx context.Context, c *config.Config, name string) error {
	kept, err := a.store(c)
	if err != nil {
		return err
	}
	return notify.New(notify.Config{Store: kept.Webhooks(), Exchange: exchangeOf(c), Now: a.Now, Log: a.ordersLog()}).Reopen(ctx, name)
}

// summed says in a sentence what came of all, and returns the fault of the first
// that failed.
func (r *webhookReport) summed() error {
	bad := slices.DeleteFunc(slices.Clone(r.Webhooks), func(w webhookResult) bool { return w.OK })
	if len(bad) == 0 {
		r.Summary = "The test arrived at " + view.Plural(len(r.Webhooks), "webhook") + "."
		return nil
	}
	r.Summary = fmt.Sprintf("The test did not arrive at %d of %s.", len(bad), view.Plural(len(r.Webhooks), "webhook"))
	first := bad[0]
	code := fault.Unavailable
	switch {
	case first.kind == webhook.Refused:
		code = fault.Invalid
	case first.Status == 401 || first.Status == 403:
		code = fault.Unauthorized
	}
	return fault.New(code, "the webhook %s: %s", first.Name, first.Message).WithHint("%s", first.Remedy)
}

func (r *webhookReport) doc() view.Doc {
	table := view.Table{Columns: []view.Column{{Title: "Webhook"}, {Title: "Host"}, {Title: "Result"}, {Title: "HTTP"}, {Title: "Took", Right: true}, {Title: "Finding", Prose: true}}}
	var remedies []view.Block
	for _, w := range r.Webhooks {
		result, status := statusOK, "-"
		if !w.OK {
			result = statusFail
		}
		if w.Status > 0 {
			status = fmt.Sprint(w.Status)
		}
		took := (time.Duration(w.Millis) * time.Millisecond).String()
		table.Rows = append(table.Rows, []string{w.Name, w.Host, result, status, took, w.Message})
		if w.Remedy != "" {
			remedies = append(remedies, view.Notice{Warning: true, Text: w.Name + ": " + w.Remedy})
		}
	}
	return view.Doc{Title: "Webhooks", Sandbox: r.Sandbox, Summary: r.Summary, Blocks: append([]view.Block{table}, remedies...)}
}
