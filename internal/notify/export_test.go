package notify

// Over tells tests which states of orders are the last.
func Over(state string) bool { return over(state) }
