import type { Product } from '../product.ts';
import type { RequestModel } from '../request-model.ts';
import {
  deleteUserCertificate,
  getUserCertificateDetail,
  listUserCertificateOrder,
  uploadUserCertificate,
} from './actions.ts';

/** The SDK keeps its models in one file without a folder to read them from; these four are written out. */
const MODELS: Readonly<Record<string, RequestModel>> = {
  UploadUserCertificate: {
    fields: {
      Name: 'string',
      Cert: 'string',
      Key: 'string',
      EncryptCert: 'string',
      EncryptPrivateKey: 'string',
      SignCert: 'string',
      SignPrivateKey: 'string',
      ResourceGroupId: 'string',
      Tags: { list: { block: { Key: 'string', Value: 'string' } } },
    },
    rules: { required: ['Name', 'Cert', 'Key'] },
  },
  GetUserCertificateDetail: {
    fields: { CertId: 'number', CertFilter: 'boolean' },
    rules: { required: ['CertId'] },
  },
  ListUserCertificateOrder: {
    fields: {
      CurrentPage: 'number',
      ShowSize: 'number',
      Keyword: 'string',
      OrderType: 'string',
      ResourceGroupId: 'string',
      Status: 'string',
    },
    rules: { range: { CurrentPage: [1, 100_000], ShowSize: [1, 1000] } },
  },
  DeleteUserCertificate: { fields: { CertId: 'number' }, rules: { required: ['CertId'] } },
};

/** Certificate Management, 2020-04-07. */
export const cas: Product = {
  name: 'CAS',
  version: '2020-04-07',
  model: (action) => MODELS[action],
  actions: {
    UploadUserCertificate: uploadUserCertificate,
    GetUserCertificateDetail: getUserCertificateDetail,
    ListUserCertificateOrder: listUserCertificateOrder,
    DeleteUserCertificate: deleteUserCertificate,
  },
};
