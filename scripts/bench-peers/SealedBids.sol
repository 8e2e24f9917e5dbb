// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// One delivery period of Gridbid's auction as a contract: bids are committed with their cover, revealed, and
/// settled from the highest price to the lowest against offers from the lowest reserve price to the highest.
/// The mechanism is that of the language's blind auction: a hash with a deposit, then price and secret.
contract SealedBids {
    struct Bid {
        bytes32 commitment;
        uint96 deposit; // wei
        uint64 price; // gwei per kWh; none before the reveal
        uint32 volume; // watt-hours
    }

    struct Offer {
        address payable seller;
        uint64 reserve; // gwei per kWh
        uint32 energy; // watt-hours
    }

    uint256 private constant WEI_PER_GWEI_WATT_HOUR = 1e6;

    uint256 public immutable closure;
    uint256 public immutable start;
    Offer[] public offers;
    mapping(address => Bid) public bids;
    mapping(address => uint256) public pending;
    uint256 public front; // the offer in front
    uint64 public last = type(uint64).max; // the price of the last settled bid

    event Committed(address indexed bidder, bytes32 commitment, uint256 deposit);
    event Revealed(address indexed bidder, uint64 price, uint32 volume);
    event Traded(address indexed buyer, address indexed seller, uint32 energy, uint64 price);
    event Left(address indexed bidder, uint32 unserved, uint256 returned);

    constructor(uint256 closure_, uint256 start_, Offer[] memory offers_) {
        closure = closure_;
        start = start_;
        for (uint256 i = 0; i < offers_.length; i++) {
            require(i == 0 || offers_[i - 1].reserve <= offers_[i].reserve, "offers out of order");
            offers.push(offers_[i]);
        }
    }

    function commit(bytes32 commitment) external payable {
        require(block.timestamp < closure, "closed");
        require(bids[msg.sender].commitment == 0, "committed");
        bids[msg.sender] = Bid(commitment, uint96(msg.value), 0, 0);
        emit Committed(msg.sender, commitment, msg.value);
    }

    function reveal(uint64 price, uint32 volume, bytes32 salt) external {
        require(block.timestamp >= closure && block.timestamp < start, "not the time");
        Bid storage bid = bids[msg.sender];
        require(bid.price == 0 && price > 0, "revealed");
        require(
            bid.commitment == keccak256(abi.encode(address(this), msg.sender, price, volume, salt)), "another bid"
        );
        require(bid.deposit >= uint256(price) * volume * WEI_PER_GWEI_WATT_HOUR, "not covered");
        bid.price = price;
        bid.volume = volume;
        emit Revealed(msg.sender, price, volume);
    }

    /// Settles the next bidders, whose order the caller found off the chain: it is only checked here. What a
    /// bidder gets back, and what a seller earns, is kept for them to withdraw.
    function settle(address[] calldata bidders) external {
        require(block.timestamp >= start, "not the time");
        uint64 highest = last;
        uint256 index = front;
        uint256 earned = 0;
        for (uint256 i = 0; i < bidders.length; i++) {
            Bid memory bid = bids[bidders[i]];
            require(bid.price > 0 && bid.price <= highest, "out of order");
            highest = bid.price;
            uint256 spent = 0;
            while (bid.volume > 0 && index < offers.length && bid.price >= offers[index].reserve) {
                Offer storage offer = offers[index];
                uint32 energy = bid.volume < offer.energy ? bid.volume : offer.energy;
                uint256 amount = uint256(bid.price) * energy * WEI_PER_GWEI_WATT_HOUR;
                bid.volume -= energy;
                offer.energy -= energy;
                spent += amount;
                earned += amount;
                emit Traded(bidders[i], offer.seller, energy, bid.price);
                if (offer.energy == 0) {
                    pending[offer.seller] += earned;
                    earned = 0;
                    index++;
                }
            }
            delete bids[bidders[i]];
            pending[bidders[i]] += bid.deposit - spent;
            emit Left(bidders[i], bid.volume, bid.deposit - spent);
        }
        if (earned > 0) pending[offers[index].seller] += earned;
        last = highest;
        front = index;
    }

    function withdraw() external {
        uint256 amount = pending[msg.sender];
        pending[msg.sender] = 0;
        (bool sent,) = msg.sender.call{value: amount}("");
        require(sent, "refused");
    }
}
