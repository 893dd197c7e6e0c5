package store_test

import (
	"fmt"
	"slices"
	"testing"

	"rollcall"
)

func TestClaim_Order(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		for i, tt := range []struct {
			order rollcall.DialingOrder
			want  []int
		}{
			{rollcall.OrderFIFO, []int{0, 1, 2, 3, 4, 100, 101, 5}},
			{rollcall.OrderLIFO, []int{4, 3, 2, 1, 0, 101, 100, 5}},
			{rollcall.OrderPriority, []int{2, 3, 1, 0, 4, 100, 101, 5}},
		} {
			base := 14155550000 + i*1000
			a := w.list(fmt.Sprint("a", i), base, 5, func(i int) string { return []string{"x", "9", "10", "10.0", ""}[i] })
			b := w.list(fmt.Sprint("b", i), base+100, 2, nil)
			c := w.campaign(fmt.Sprint("c", i), func(c *rollcall.Campaign) { c.Plan.Order = tt.order }, a, b)
			w.trigger(c, rollcall.StepPlay, noon)
			got := numbersOf(w.claim(c, 3, noon).Claims)
			w.add(a, base+5, 1, nil) // it comes while the run is under way
			for range 4 {
				got = append(got, numbersOf(w.claim(c, 2, noon).Claims)...)
			}
			if tt.order == rollcall.OrderFIFO {
				tt.want = []int{0, 1, 2, 3, 4, 5, 100, 101} // the walk had not left the list
			}
			if tt.order == rollcall.OrderPriority {
				tt.want = []int{2, 3, 1, 0, 4, 5, 100, 101}
			}
			if !slices.Equal(got, tt.want) {
				w.Errorf("%s: %v, want %v", tt.order, got, tt.want)
			}
		}
	})
}

// The order is the same however many contacts a claim takes, and none comes twice: also
// where one claim goes from a priority to the contacts without, and to the next list.
func TestClaim_OrderByClaimsOfAnySize(t *testing.T) {
	eachWorld(t, func(w *runWorld) {
		orders := map[rollcall.DialingOrder][]int{
			rollcall.OrderFIFO:     {0, 1, 2, 3, 4, 100, 101, 102},
			rollcall.OrderLIFO:     {4, 3, 2, 1, 0, 102, 101, 100},
			rollcall.OrderPriority: {2, 3, 1, 0, 4, 101, 100, 102},
		}
		base := 14155550000
		for order, want := range orders {
			for _, size := range []int{1, 2, 3, 4, 5, 6, 7, 8, 20} {
				base += 1000
				name := fmt.Sprintf("%s by %d", order, size)
				a := w.list(name, base, 5, func(i int) string { return []string{"x", "9", "10", "10.0", ""}[i] })
				b := w.list(name+", second", base+100, 3, func(i int) string { return []string{"", "1", ""}[i] })
				c := w.campaign(name, func(c *rollcall.Campaign) { c.Plan.Order = order }, a, b)
				w.trigger(c, rollcall.StepPlay, noon)
				var got []int
				for status := rollcall.CampaignActive; status == rollcall.CampaignActive && len(got) < 20; {
					claims := w.claim(c, size, noon)
					status = claims.Status
					got = append(got, numbersOf(claims.Claims)...)
					for _, claim := range claims.Claims {
						w.outcome(claim.ID, rollcall.Connected, noon)
					}
				}
				if run := w.runs(c)[0]; !slices.Equal(got, want) || run.Walked != 8 || run.Leased != 0 || run.Waiting != 0 {
					w.Errorf("%s: %v, want %v; %+v", name, got, want, run)
				}
			}
		}
	})
}
