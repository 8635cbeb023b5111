import type { Handler, Product } from '../product.ts';

/** BSS QueryAccountBalance: amounts are text with thousands commas. */
const queryAccountBalance: Handler = (_call, cloud) => {
  const amount = cloud.settings.balanceUsd.toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
  return {
    Success: true,
    Code: '200',
    Message: 'Successful!',
    Data: {
      AvailableAmount: amount,
      AvailableCashAmount: amount,
      CreditAmount: '0.00',
      MybankCreditAmount: '0.00',
      QuotaLimit: '0.00',
      Currency: 'USD',
    },
  };
};

/** Business Support System, 2017-12-14: the account's money. */
export const bss: Product = {
  name: 'BSS',
  version: '2017-12-14',
  actions: { QueryAccountBalance: queryAccountBalance },
  model: (action) => (action === 'QueryAccountBalance' ? { fields: {} } : undefined),
};
