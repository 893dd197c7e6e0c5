package store_test

import (
	"math/rand/v2"
	"testing"

	"rollcall/phone"
	"rollcall/store"
)

func TestNumberFilter_ForgetsNothingAndErrsSeldom(t *testing.T) {
	add, maybe := store.NewNumberFilter()
	random := rand.New(rand.NewPCG(1, 1))
	numbers := make([]phone.Number, 1_000_000)
	for i := range numbers {
		// Half of them neighbours, as a company's lines are.
		numbers[i] = phone.Number(14_150_000_000 + i)
		if i%2 == 0 {
			numbers[i] = phone.Number(10_000_000_000 + random.Int64N(1e12))
		}
		add(numbers[i])
	}
	for _, n := range numbers {
		if !maybe(n) {
			t.Fatal("a number that was added is called new")
		}
	}
	wrong := 0
	for range 1_000_000 {
		if maybe(phone.Number(2_000_000_000_000 + random.Int64N(1e12))) {
			wrong++
		}
	}
	if wrong > 1000 {
		t.Errorf("of a million numbers that were not added %d may be there", wrong)
	}
}
