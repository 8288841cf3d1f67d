package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"didops/bots/discord/gateway"
	"didops/internal/config"
	"didops/internal/exchange/tcxc"
	"didops/internal/metrics"
	"didops/tools"
)

// metered returns what counts for /metrics, nil where that is not served: what
// nobody asks for is not counted.
func (a *app) metered(c *config.Config) (*metrics.Metrics, error) {
	if !showsMetrics(c) {
		return nil, nil
	}
	catalog, err := described()
	if err != nil {
		return nil, err
	}
	return metrics.New(metrics.Config{
		Version: a.release(), Commit: a.revision(), Operations: names(catalog), Settings: append(config.Keys("limits"), "caps"),
		Requests: tcxc.Operations(), Statuses: tcxc.Statuses(), Now: a.Now, Log: a.log(), Patience: a.Patience,
	}), nil
}

// showsMetrics reports whether there is an address for metrics. Beyond
// loopback that is only one for those who run the program.
func showsMetrics(c *config.Config) bool {
	return c.HTTP.Listen != "" && (c.HTTP.AdminListen != "" || onLoopback(c.HTTP.Listen))
}

func names(catalog *tools.Catalog) []string {
	var list []string
	for _, t := range catalog.Tools() {
		list = append(list, t.Name().String())
	}
	return list
}

// addMetrics serves the metrics beside the health, if there are any.
func (a *app) addMetrics(ctx context.Context, s *service, health *http.ServeMux) {
	if a.metrics == nil {
		log := a.log()
		log.Warn().Msg("/metrics is not served: the address is not on loopback; set [http] admin_listen for it")
		return
	}
	a.metrics.Ready(func() error { return s.unready(context.WithoutCancel(ctx)) })
	a.metrics.Follow(a.engine)
	health.Handle("GET /metrics", a.metrics.Handler())
}

// acked tells what came of a first response to Discord.
func acked(d *metrics.Discord) func(time.Duration, error) {
	return func(took time.Duration, err error) {
		switch {
		case err == nil:
			d.Acked(took, "ok")
		case errors.Is(err, gateway.ErrGone):
			d.Acked(took, "late")
		default:
			d.Acked(took, "failed")
		}
	}
}
