package discord

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/bwmarrin/discordgo"

	"didops/internal/order"
	"didops/internal/view"
	"didops/tools"
)

// card is an order as a message of its own: its terms and, while it waits,
// the buttons that decide it. Where nobody can decide on Discord, it has no
// buttons and says where it can be done.
func (b *Bot) card(c order.Card) message {
	o := c.Order
	if c.Question == nil || len(b.Roles().Approvers) == 0 {
		doc := o.Doc()
		doc.Sandbox = b.Gate.Sandboxed()
		return b.cardOf(doc, o, nil)
	}
	q := *c.Question
	q.Card.Sandbox = b.Gate.Sandboxed()
	return b.cardOf(q.Card, o, &q)
}

func (b *Bot) cardOf(doc view.Doc, o order.Order, q *order.Question) message {
	d := draw(doc, 0)
	m := message{title: titled(doc), body: d.body, foot: o.ID + " · " + o.Kind, colour: colourOfState(o.State)}
	if o.State == order.Pending {
		m.body = cut(m.body+"\n\n"+until(o.ExpiresAt.Unix()), maxBody)
	}
	if q != nil {
		m.title, m.rows = cut(asked(doc, *q), maxTitle), buttons(*q)
	}
	if !d.whole {
		m.enclose(o.ID, doc)
	}
	return m
}

// enclose puts the terms of an order into a file where the message has no room
// for all of them. Nobody is asked to approve what can't be read.
func (m *message) enclose(order string, doc view.Doc) {
	note := "_The whole is in the attached file._"
	if m.files = fitting(asText("order-"+order, doc)); len(m.files) == 0 {
		note, m.rows = "_The whole has no room here: it can't be decided on Discord._", nil
	}
	m.body = cut(m.body+"\n\n"+note, maxBody)
}

// decision is the same card for a member who is asked in private.
func (t *interaction) decision(q *order.Question) message {
	d := draw(q.Card, 0)
	m := message{title: cut(asked(q.Card, *q), maxTitle), body: d.body, foot: q.Order, colour: blue}
	m.body = cut(m.body+"\n\n"+until(q.Until.Unix()), maxBody)
	if t.who.decides {
		m.rows = buttons(*q)
	}
	if !d.whole {
		m.enclose(q.Order, q.Card)
	}
	return m
}

// asked is the question as a title.
func asked(d view.Doc, q order.Question) string {
	return titled(view.Doc{Title: q.Text, Sandbox: d.Sandbox})
}

// until says live until when a decision counts.
func until(unix int64) string { return fmt.Sprintf("⏳ Decide until <t:%d:t>, <t:%d:R>", unix, unix) }

// buttons are those of a question. The first names what happens.
func buttons(q order.Question) []discordgo.MessageComponent {
	yes := discordgo.Button{Label: strings.TrimSuffix(q.Text, "?"), Style: discordgo.SuccessButton, CustomID: prefix + "approve:" + q.Order}
	if q.Want != "" {
		yes.Style, yes.Label = discordgo.DangerButton, yes.Label+"…"
	}
	yes.Label = cut(yes.Label, maxLabel)
	return row(yes, discordgo.Button{Label: "Reject", Style: discordgo.SecondaryButton, CustomID: prefix + "reject:" + q.Order})
}

func colourOfState(s order.State) int {
	switch s {
	case order.Pending:
		return blue
	case order.Executing, order.Partial, order.Changed:
		return yellow
	case order.Completed:
		return green
	case order.Unknown, order.Failed:
		return red
	case order.Rejected, order.Expired, order.Cancelled:
		return grey
	}
	return grey
}

// noted keeps in which channel the card of an order goes that was asked for
// here, where there is no channel for approvals. The card itself is posted by
// the loop, which also does it after a restart.
func (t *interaction) noted(ctx context.Context, r tools.Result) {
	if r.Order == nil || t.ApprovalsChannel != "" || t.event.ChannelID == "" {
		return
	}
	id := r.Order.ID
	t.places.Lock() // between the look and the note nobody else may note, and a card be posted
	defer t.places.Unlock()
	behind, err := t.Board.Behind(ctx, behindMost)
	for _, p := range behind {
		if p.Order.ID == id && p.Place == "" {
			p.Place, p.Entry = t.event.ChannelID, 0
			err = t.Board.Keep(ctx, p)
		}
	}
	if err != nil {
		t.Log.Error().Ctx(ctx).Err(err).Str("order", id).Msg("discord: the channel of an order's card could not be kept")
	}
}

// whereDecided says where the card of an order is that was asked for here.
func (t *interaction) whereDecided() string {
	if len(t.Roles().Approvers) == 0 {
		return "Nobody can decide on Discord: `approver_roles` is empty."
	}
	where := "It is decided at its card in <#" + cmp.Or(t.ApprovalsChannel, t.event.ChannelID) + ">."
	if lacks := t.lacking(); t.ApprovalsChannel == "" && len(lacks) > 0 {
		where += "\n> ⚠️ **Warning:** The card can't be posted here until the bot has the permission " + strings.Join(lacks, ", ") + "."
	}
	return where
}

// lacking names the permissions that cards need and that the bot does not have
// where the interaction is from.
func (t *interaction) lacking() []string {
	if t.event.AppPermissions == 0 {
		return nil // not told
	}
	var list []string
	for _, p := range []struct {
		bit  int64
		name string
	}{
		{discordgo.PermissionViewChannel, "View Channel"},
		{discordgo.PermissionSendMessages, "Send Messages"},
		{discordgo.PermissionEmbedLinks, "Embed Links"},
		{discordgo.PermissionAttachFiles, "Attach Files"},
	} {
		if t.event.AppPermissions&p.bit == 0 {
			list = append(list, p.name)
		}
	}
	return list
}

// point tells the channel of a request that there is one, and where it is
// decided, unless the card is there anyway.
func (t *interaction) point(ctx context.Context, r tools.Result) {
	if r.State() != order.Pending || t.ApprovalsChannel == "" || t.ApprovalsChannel == t.event.ChannelID {
		return
	}
	t.further(ctx, message{
		title:  titled(view.Doc{Title: "Order " + r.Order.ID + " was asked for", Sandbox: r.Doc.Sandbox}),
		body:   "Asked by " + bold(t.who.principal.Name) + ". " + t.whereDecided(),
		colour: blue,
	}, false)
}
